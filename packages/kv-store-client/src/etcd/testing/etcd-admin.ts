/** Asks etcd to forget history before `revision`, through its JSON gateway. */
export async function compactEtcd(endpoint: string, revision: number): Promise<void> {
  await post(endpoint, '/v3/kv/compaction', { revision: String(revision), physical: true });
}

/** One request to etcd's JSON gateway: tests administer etcd without the code under test. Throws unless the answer is 200. */
export async function post(endpoint: string, path: string, body: object, token?: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${endpoint}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: token === undefined ? {} : { authorization: token },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
