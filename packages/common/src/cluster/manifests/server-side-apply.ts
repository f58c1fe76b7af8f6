import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import { isPlainObject } from './merge-patch.ts';

/** What each field manager applied last. */
export type AppliedFields = Readonly<Record<string, KubernetesObject>>;

/**
 * Server-side apply: the fields of `next` become those of its manager, fields that this manager applied before and no longer names
 * are removed unless another manager has them too, everything else stays. Lists count as one value (the API server merges some lists by
 * key; Seamark applies none of those).
 */
export function applyFields(
  current: KubernetesObject | undefined,
  next: KubernetesObject,
  last: KubernetesObject | undefined,
  others: readonly KubernetesObject[],
): KubernetesObject {
  const without = last === undefined || current === undefined ? current : withoutFields(current, last, next, others);
  return merge(without, next) as KubernetesObject;
}

/** Dotted paths at which another manager has applied a different value. */
export function conflictingFields(
  next: KubernetesObject,
  others: Readonly<Record<string, KubernetesObject>>,
): { readonly manager: string; readonly path: string }[] {
  return Object.entries(others).flatMap(([manager, applied]) => differences(next, applied, '').map((path) => ({ manager, path })));
}

const identity = new Set(['apiVersion', 'kind', 'metadata.name', 'metadata.namespace']);

function withoutFields(current: unknown, last: unknown, next: unknown, others: readonly unknown[]): unknown {
  if (!isPlainObject(current) || !isPlainObject(last)) return current;
  const kept: Record<string, unknown> = { ...current };
  for (const [name, before] of Object.entries(last)) {
    const wanted = isPlainObject(next) ? next[name] : undefined;
    const theirs = others.map((other) => (isPlainObject(other) ? other[name] : undefined)).filter((value) => value !== undefined);
    if (isPlainObject(before) && (wanted === undefined || isPlainObject(wanted))) {
      const inner = withoutFields(kept[name], before, wanted, theirs);
      if (wanted === undefined && theirs.length === 0 && isPlainObject(inner) && Object.keys(inner).length === 0) delete kept[name];
      else kept[name] = inner;
    } else if (wanted === undefined && theirs.length === 0) {
      delete kept[name];
    }
  }
  return kept;
}

function merge(current: unknown, next: unknown): unknown {
  if (!isPlainObject(current) || !isPlainObject(next)) return next;
  const merged: Record<string, unknown> = { ...current };
  for (const [name, value] of Object.entries(next)) if (value !== undefined) merged[name] = merge(merged[name], value);
  return merged;
}

function differences(next: unknown, applied: unknown, path: string): string[] {
  if (identity.has(path)) return [];
  if (isPlainObject(next) && isPlainObject(applied)) {
    return Object.keys(next).flatMap((name) =>
      name in applied ? differences(next[name], applied[name], path === '' ? name : `${path}.${name}`) : [],
    );
  }
  return isDeepStrictEqual(next, applied) ? [] : [path];
}
