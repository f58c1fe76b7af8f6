import { randomBytes } from 'node:crypto';
import { mustRun, runProgram } from '../lab/run-program.ts';
import type { LanHost, TestCluster } from '../cluster/test-cluster.ts';
import type { DockerEngine } from './docker-engine.ts';

/** The docker network of a cluster: the LAN of its nodes. */
export interface KindNetwork {
  readonly name: string;
  readonly bridge: string;
  readonly ipv4: string;
  readonly ipv6?: string;
  readonly pools: TestCluster['pools'];
  /** The ranges that hold {@link pools}, as routes name them. */
  readonly poolRanges: readonly string[];
}

/** Makes the network. The engine chooses the IPv4 range; it gives its addresses from below, so the uppermost ones are free for pools. */
export async function createKindNetwork(engine: DockerEngine, cluster: string, dualStack: boolean): Promise<KindNetwork> {
  const name = cluster;
  const bridge = `sk${randomBytes(4).toString('hex')}`;
  // The 64 bits of a network that is ours alone (RFC 4193): a random global id, subnet 0.
  const group = (bytes: number): string => Number.parseInt(randomBytes(bytes).toString('hex'), 16).toString(16);
  const ula = `fd${randomBytes(1).toString('hex')}:${group(2)}:${group(2)}:0`;
  await engine.docker([
    'network',
    'create',
    '--driver=bridge',
    '--label=seamark=kind',
    `--opt=com.docker.network.bridge.name=${bridge}`,
    ...(dualStack ? ['--ipv6', `--subnet=${ula}::/64`] : []),
    name,
  ]);
  const [described] = JSON.parse(await engine.docker(['network', 'inspect', name])) as [{ IPAM: { Config: { Subnet: string }[] } }];
  const subnet = described.IPAM.Config.map(({ Subnet }) => Subnet).find((each) => !each.includes(':')) ?? '';
  const pool = uppermost(subnet);
  const [inside] = JSON.parse(await mustRun(engine.commandLine('ip', ['-json', 'address', 'show', 'dev', bridge]))) as [
    { addr_info: { family: string; local: string; scope: string }[] },
  ];
  const address = (family: string): string | undefined =>
    inside.addr_info.find((each) => each.family === family && each.scope === 'global')?.local;
  const ipv6 = dualStack ? address('inet6') : undefined;
  return {
    name,
    bridge,
    ipv4: address('inet') ?? '',
    ...(ipv6 === undefined ? {} : { ipv6 }),
    pools: { ipv4: pool.addresses, ...(dualStack ? { ipv6: `${ula}:ffff::1-${ula}:ffff::ff` } : {}) },
    poolRanges: [pool.range, ...(dualStack ? [`${ula}:ffff::/112`] : [])],
  };
}

/** The last 128 addresses of a range but for those that mean the whole network. */
function uppermost(subnet: string): { readonly range: string; readonly addresses: string } {
  const [network = '', bits = ''] = subnet.split('/');
  const start = network.split('.').reduce((value, part) => value * 256 + Number(part), 0);
  const end = start + 2 ** (32 - Number(bits));
  const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
  return { range: `${dotted(end - 128)}/25`, addresses: `${dotted(end - 127)}-${dotted(end - 6)}` };
}

/** The host of the nodes' LAN that asks: the one that has the bridge. */
export function kindClient(engine: DockerEngine, network: KindNetwork): LanHost {
  return {
    name: 'client',
    ipv4: network.ipv4,
    ...(network.ipv6 === undefined ? {} : { ipv6: network.ipv6 }),
    run: (command, args, options) => runProgram(engine.commandLine(command, args), options),
    commandLine: (command, args) => engine.commandLine(command, args),
  };
}

/** Until nodes announce addresses of the pools themselves, the client sends what is for them to one of these nodes each. */
export async function routePools(engine: DockerEngine, network: KindNetwork, nodes: readonly (readonly string[])[]): Promise<void> {
  for (const range of network.poolRanges) {
    const hops = nodes.flatMap((addresses) => addresses.filter((address) => address.includes(':') === range.includes(':')));
    const route = ['route', ...(hops.length === 0 ? ['del'] : ['replace']), range];
    const via = hops.length === 1 ? ['via', hops[0] ?? ''] : hops.flatMap((hop) => ['nexthop', 'via', hop, 'dev', network.bridge]);
    const result = await runProgram(engine.commandLine('ip', [...(range.includes(':') ? ['-6'] : []), ...route, ...via]));
    if (result.code !== 0 && hops.length > 0) throw new Error(`route for ${range}: ${result.stderr.trim()}`);
  }
}
