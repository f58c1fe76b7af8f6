import type { Endpoint, ObjectRef } from '@seamark/common/model';
import { type Merged, mergeEndpoints } from '../endpoints/merge-endpoints.ts';

/** One endpoint that one object asks for. */
export interface Candidate {
  readonly source: string;
  readonly object: ObjectRef;
  readonly endpoint: Endpoint;
}

/**
 * What all objects ask for, found by object and by name: a change of one object tells exactly the names that it touches.
 */
export class DesiredIndex {
  readonly #byObject = new Map<string, readonly Candidate[]>();
  readonly #byName = new Map<string, Candidate[]>();
  readonly #counts = new Map<string, number>();

  /** Replaces what an object asks for; returns the names for which that makes a difference. */
  replace(objectKey: string, candidates: readonly Candidate[]): ReadonlySet<string> {
    const before = this.#byObject.get(objectKey) ?? [];
    if (candidates.length === 0) this.#byObject.delete(objectKey);
    else this.#byObject.set(objectKey, candidates);
    const touched = new Set<string>();
    const previous = textByName(before);
    const next = textByName(candidates);
    for (const name of new Set([...previous.keys(), ...next.keys()])) if (previous.get(name) !== next.get(name)) touched.add(name);

    for (const { endpoint } of before) this.#count(endpoint.recordType, -1);
    for (const { endpoint } of candidates) this.#count(endpoint.recordType, 1);

    const gone = new Set(before);
    for (const name of new Set(before.map((candidate) => candidate.endpoint.dnsName))) {
      const rest = (this.#byName.get(name) ?? []).filter((candidate) => !gone.has(candidate));
      if (rest.length === 0) this.#byName.delete(name);
      else this.#byName.set(name, rest);
    }
    for (const candidate of candidates) {
      const list = this.#byName.get(candidate.endpoint.dnsName);
      if (list === undefined) this.#byName.set(candidate.endpoint.dnsName, [candidate]);
      else list.push(candidate);
    }
    return touched;
  }

  /** Everything asked for under a name, merged within each source. */
  mergedAt(name: string): readonly Merged<Candidate>[] {
    const candidates = this.#byName.get(name);
    if (candidates === undefined) return [];
    if (candidates.length === 1) return [{ endpoint: (candidates[0] as Candidate).endpoint, from: candidates }];
    const merged: Merged<Candidate>[] = [];
    for (const source of new Set(candidates.map((candidate) => candidate.source))) {
      merged.push(...mergeEndpoints(candidates.filter((candidate) => candidate.source === source)));
    }
    return merged;
  }

  names(): Iterable<string> {
    return this.#byName.keys();
  }

  /** Number of candidates by record type. */
  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  #count(type: string, change: number): void {
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + change);
  }
}

function textByName(candidates: readonly Candidate[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { endpoint } of candidates) texts.set(endpoint.dnsName, (texts.get(endpoint.dnsName) ?? '') + JSON.stringify(endpoint));
  return texts;
}
