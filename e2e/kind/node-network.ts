import type { DockerEngine } from './docker-engine.ts';

/** What a node tells about itself and how it is reached. */
export interface NodeAddresses {
  readonly name: string;
  /** Internal addresses, IPv4 first. */
  readonly addresses: readonly string[];
  readonly podRanges: readonly string[];
}

/** Reads them out of a list of Nodes as kubectl prints it; a node that has no pod range yet has none here. */
export function nodeAddresses(nodeList: string): readonly NodeAddresses[] {
  const { items } = JSON.parse(nodeList) as {
    items: {
      metadata: { name: string };
      spec: { podCIDRs?: string[] };
      status: { addresses?: { type: string; address: string }[] };
    }[];
  };
  return items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    addresses: (status.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address),
    podRanges: spec.podCIDRs ?? [],
  }));
}

/**
 * What kindnetd does, for node images made by hand: a CNI configuration of the node's own pod ranges, routes to those of the others,
 * and masquerading of what pods send to anything that is no pod. Again and again is fine: a node that was off lost its routes.
 */
export async function connectPods(engine: DockerEngine, nodes: readonly NodeAddresses[], running: readonly string[]): Promise<void> {
  await Promise.all(
    nodes
      .filter(({ name }) => running.includes(name))
      .map((node) => engine.docker(['exec', '--interactive', node.name, 'sh', '-s'], { input: script(node, nodes), timeoutMs: 30_000 })),
  );
}

function script(node: NodeAddresses, nodes: readonly NodeAddresses[]): string {
  const configuration = {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: '/run/cni-ipam-state',
          routes: node.podRanges.map((range) => ({ dst: range.includes(':') ? '::/0' : '0.0.0.0/0' })),
          ranges: node.podRanges.map((subnet) => [{ subnet }]),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  const routes = nodes
    .filter(({ name }) => name !== node.name)
    .flatMap(({ addresses, podRanges }) =>
      podRanges.flatMap((range) => {
        const via = addresses.find((address) => address.includes(':') === range.includes(':'));
        return via === undefined ? [] : [`ip route replace ${range} via ${via}`];
      }),
    );
  const pods = (family: ':' | '.'): string =>
    nodes.flatMap(({ podRanges }) => podRanges.filter((range) => range.includes(family))).join(', ');
  const masquerade = (['.', ':'] as const)
    .filter((family) => pods(family) !== '')
    .map((family) => {
      const ip = family === '.' ? 'ip' : 'ip6';
      return `${ip} saddr { ${pods(family)} } ${ip} daddr != { ${pods(family)} } oifname "eth0" masquerade`;
    });
  // The configuration appears at once, by a rename: the runtime reads the folder whenever something changes in it.
  return `set -e
cat >/etc/cni/net.d/.pods <<'END'
${JSON.stringify(configuration)}
END
mv /etc/cni/net.d/.pods /etc/cni/net.d/10-pods.conflist
${routes.join('\n')}
nft -f - <<'END'
table inet seamark-pods {}
delete table inet seamark-pods
table inet seamark-pods {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ${masquerade.join('\n    ')}
  }
}
END
`;
}
