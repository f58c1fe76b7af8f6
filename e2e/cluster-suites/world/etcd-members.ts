import type { TestCluster } from '../../cluster/test-cluster.ts';
import { podsOf, releaseNamespace } from './release.ts';

const inPod = '/usr/local/bin/etcdctl';

/**
 * Runs etcdctl as root in a ready member's pod; `input` is its standard input. Rejects with what etcdctl said. The password stands in
 * the argument list of a pod of the test's own: the image has no shell to read it by.
 */
export async function etcdctl(cluster: TestCluster, args: readonly string[], input?: string): Promise<string> {
  const member = (await podsOf(cluster, 'etcd')).find(({ ready, name }) => ready && /-\d+$/.test(name));
  if (member === undefined) throw new Error('no etcd member is ready');
  return etcdctlIn(cluster, member.name, args, input);
}

async function etcdctlIn(cluster: TestCluster, pod: string, args: readonly string[], input?: string): Promise<string> {
  const password = Buffer.from(
    await cluster.kubectl(['-n', releaseNamespace, 'get', 'secret', 'seamark-etcd-root', '-o', 'jsonpath={.data.password}']),
    'base64',
  ).toString();
  return cluster.kubectl(
    [
      '-n',
      releaseNamespace,
      'exec',
      '-i',
      pod,
      '-c',
      'etcd',
      '--',
      inPod,
      '--endpoints=https://localhost:2379',
      '--cacert=/etc/etcd-tls/ca.crt',
      '--cert=/etc/etcd-tls/tls.crt',
      '--key=/etc/etcd-tls/tls.key',
      `--user=root:${password}`,
      ...args,
    ],
    { input: input ?? '', timeoutMs: 60_000 },
  );
}

/** The pod of the member that leads. */
export async function etcdLeader(cluster: TestCluster): Promise<string> {
  for (const { name } of (await podsOf(cluster, 'etcd')).filter((pod) => pod.ready && /-\d+$/.test(pod.name))) {
    const [status] = JSON.parse(await etcdctlIn(cluster, name, ['endpoint', 'status', '-w', 'json'])) as readonly {
      readonly Status: { readonly leader: number; readonly header: { readonly member_id: number } };
    }[];
    if (status !== undefined && status.Status.leader === status.Status.header.member_id) return name;
  }
  throw new Error('no etcd member leads');
}
