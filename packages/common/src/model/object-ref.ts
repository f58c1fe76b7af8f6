/** Names one Kubernetes object for people and for look-ups: `Service web/web`, `IPAddressPool metallb-system/lan`. */
export interface ObjectRef {
  readonly kind: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string | undefined;
  readonly name: string;
  /** `group/version` of the object, when known; Events need it. */
  readonly apiVersion?: string | undefined;
  readonly uid?: string | undefined;
}

/** `Kind namespace/name`, as every message of Seamark writes an object. */
export function formatObjectRef(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
}

/** A key that is equal for equal objects: kind, namespace and name (never the uid: a re-made object is the same subject). */
export function objectRefKey(ref: ObjectRef): string {
  return `${ref.kind}/${ref.namespace ?? ''}/${ref.name}`;
}
