/** What a read of etcd gives: the revision that it was made at, and keys with their values. */
export interface EtcdContent {
  readonly revision: number;
  readonly entries: ReadonlyMap<string, string>;
}

interface RangeAnswer {
  readonly header: { readonly revision: string };
  readonly kvs?: readonly { readonly key: string; readonly value?: string }[];
}

/** Reads every key below a prefix through etcd's own HTTP gateway, so that nothing of the product takes part. */
export async function readKeys(endpoint: string, prefix: string): Promise<EtcdContent> {
  const answer = (await call(endpoint, 'kv/range', { key: toBase64(prefix), range_end: toBase64(endOfPrefix(prefix)) })) as RangeAnswer;
  const entries = (answer.kvs ?? []).map(({ key, value = '' }) => [fromBase64(key), fromBase64(value)] as const);
  return { revision: Number(answer.header.revision), entries: new Map(entries) };
}

/** Writes one key. */
export async function putKey(endpoint: string, key: string, value: string): Promise<void> {
  await call(endpoint, 'kv/put', { key: toBase64(key), value: toBase64(value) });
}

/** Deletes one key. */
export async function deleteKey(endpoint: string, key: string): Promise<void> {
  await call(endpoint, 'kv/deleterange', { key: toBase64(key) });
}

/** Deletes every key below a prefix. */
export async function deleteKeys(endpoint: string, prefix: string): Promise<void> {
  await call(endpoint, 'kv/deleterange', { key: toBase64(prefix), range_end: toBase64(endOfPrefix(prefix)) });
}

/** Forgets all history before the present revision; resolves when it is gone from the disk, too. */
export async function compactNow(endpoint: string): Promise<void> {
  const { revision } = await readKeys(endpoint, '/');
  await call(endpoint, 'kv/compaction', { revision: String(revision), physical: true });
}

async function call(endpoint: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${endpoint}/v3/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

function endOfPrefix(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

const toBase64 = (text: string): string => Buffer.from(text).toString('base64');
const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString();
