/** Calls that an etcd has handled so far, by RPC: `{ Range: 3, Txn: 10, … }`. Watch and lease streams count when they end. */
export async function etcdCalls(endpoint: string): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${endpoint}/metrics`)).text();
  const calls: Record<string, number> = {};
  for (const [, method, count] of text.matchAll(/^grpc_server_handled_total\{[^}]*grpc_method="(\w+)"[^}]*\} (\S+)$/gm)) {
    calls[method as string] = (calls[method as string] ?? 0) + Number(count);
  }
  return calls;
}

/** What was added between two readings; RPCs without a new call are left out. */
export function addedCalls(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).flatMap(([method, count]) => (count > (before[method] ?? 0) ? [[method, count - (before[method] ?? 0)]] : [])),
  );
}
