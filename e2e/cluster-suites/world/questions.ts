import { eventually } from '@seamark/testkit';
import { expect } from 'vitest';
import type { LanHost, TestCluster } from '../../cluster/test-cluster.ts';

/** What a server said, as dig prints it. */
export interface Reply {
  /** `NOERROR`, `NXDOMAIN`, … or `none` when nobody answered. */
  readonly code: string;
  /** Data of the answer section, sorted. */
  readonly data: readonly string[];
}

/** Asks once from a host of the LAN, by UDP or TCP; a silent server is code `none`. */
export async function askFrom(host: LanHost, server: string, name: string, type = 'A', transport: 'udp' | 'tcp' = 'udp'): Promise<Reply> {
  const { stdout } = await host.run('dig', [
    `@${server}`,
    name,
    type,
    '+norecurse',
    '+time=1',
    '+tries=1',
    '+noall',
    '+comments',
    '+answer',
    transport === 'tcp' ? '+tcp' : '+notcp',
  ]);
  const code = /status: ([A-Z]+)/.exec(stdout)?.[1] ?? 'none';
  const data = stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(';'))
    .map((line) => line.split(/\s+/).slice(4).join(' '))
    .sort();
  return { code, data };
}

/** Waits until the server answers with exactly this data from the host. */
export async function expectAnswerAt(
  host: LanHost,
  server: string,
  name: string,
  type: string,
  data: readonly string[],
  timeoutMs = 30_000,
): Promise<void> {
  await eventually(
    async () => {
      const reply = await askFrom(host, server, name, type);
      expect({ name, type, ...reply }).toEqual({ name, type, code: 'NOERROR', data: [...data].sort() });
    },
    { timeoutMs, everyMs: 100 },
  );
}

/** Waits until the name is gone at the server, seen from the host. */
export async function expectNoNameAt(host: LanHost, server: string, name: string, timeoutMs = 30_000): Promise<void> {
  await eventually(async () => expect({ name, code: (await askFrom(host, server, name)).code }).toEqual({ name, code: 'NXDOMAIN' }), {
    timeoutMs,
    everyMs: 100,
  });
}

const askInPod = `
const dns = require('node:dns').promises;
const [server, name, type] = process.argv.slice(1);
const resolver = new dns.Resolver({ timeout: 1000, tries: 1 });
resolver.setServers([server.includes(':') ? '[' + server + ']' : server]);
resolver.resolve(name, type).then((found) => console.log(JSON.stringify(found.flat().sort())), (error) => console.log(JSON.stringify(error.code)));
`;

/** Starts a pod that only waits, to ask from inside the cluster; the image is the product's own, which has Node and no shell. */
export async function startAskingPod(cluster: TestCluster, image: string, namespace = 'asking'): Promise<void> {
  await cluster.kubectl(['create', 'namespace', namespace]);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'asker', namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'asker', image, imagePullPolicy: 'IfNotPresent', command: ['/usr/bin/node', '-e', 'setInterval(() => {}, 1e6)'] },
      ],
    },
  };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(pod) });
  await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/asker', '--timeout=60s'], { timeoutMs: 70_000 });
}

/** Waits until the server answers with exactly this data inside the asking pod. */
export async function expectAnswerInPod(
  cluster: TestCluster,
  server: string,
  name: string,
  type: string,
  data: readonly string[],
  namespace = 'asking',
): Promise<void> {
  await eventually(
    async () => {
      const output = await cluster.kubectl(['-n', namespace, 'exec', 'asker', '--', '/usr/bin/node', '-e', askInPod, server, name, type]);
      expect({ name, type, data: JSON.parse(output) as unknown }).toEqual({ name, type, data: [...data].sort() });
    },
    { timeoutMs: 30_000, everyMs: 300 },
  );
}
