/**
 * True when a server of this version answers progress requests in order with events. Before 3.4.25 and 3.5.8 the answer could overtake
 * events that it claims to cover (https://github.com/etcd-io/etcd/issues/15220).
 */
export function progressIsOrdered(version: string): boolean {
  const match = version.match(/^(\d+)\.(\d+)\.(\d+)/);
  if (match === null) return false;
  const [major, minor, patch] = match.slice(1).map(Number) as [number, number, number];
  if (major !== 3) return major > 3;
  if (minor === 4) return patch >= 25;
  if (minor === 5) return patch >= 8;
  return minor > 5;
}
