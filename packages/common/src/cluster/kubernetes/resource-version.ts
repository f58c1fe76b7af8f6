const decimal = /^\d+$/;

/**
 * True when `version` is `wanted` or a later resourceVersion of the same collection. The API server's are decimal integers that grow with
 * each write and may exceed 2^53; of others (of an aggregated API server, maybe) only equality is known.
 */
export function isAtLeast(version: string | undefined, wanted: string): boolean {
  if (version === undefined) return false;
  if (version === wanted) return true;
  return decimal.test(version) && decimal.test(wanted) && BigInt(version) > BigInt(wanted);
}

/** True when `version` is known to be earlier than `other`. */
export function precedes(version: string, other: string): boolean {
  return decimal.test(version) && decimal.test(other) && BigInt(version) < BigInt(other);
}
