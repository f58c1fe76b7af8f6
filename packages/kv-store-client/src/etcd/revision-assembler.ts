import type { KvEvent, RevisionEvents } from '../kv-store.ts';

/**
 * Turns the responses of one watch into whole revisions: fragments are put together, what was delivered before is left out, and a
 * revision comes out once it is complete. etcd splits a response between revisions or by fragments, never otherwise.
 */
export class RevisionAssembler {
  #nextRevision: number;
  #fragments: KvEvent[] = [];

  /** `fromRevision` is the first revision wanted. */
  constructor(fromRevision: number) {
    this.#nextRevision = fromRevision;
  }

  /** First revision that has not been delivered: where a new stream must begin. */
  get nextRevision(): number {
    return this.#nextRevision;
  }

  /** True while a fragmented response is incomplete. */
  get incomplete(): boolean {
    return this.#fragments.length > 0;
  }

  /** Takes the events of one response and returns the revisions that are complete now, in order. `more` = a fragment follows. */
  add(events: readonly KvEvent[], more: boolean): RevisionEvents[] {
    if (more || this.#fragments.length > 0) this.#fragments.push(...events);
    if (more) return [];
    const complete = this.#fragments.length > 0 ? this.#fragments : events;
    this.#fragments = [];
    const batches: { revision: number; events: KvEvent[] }[] = [];
    for (const event of complete) {
      const revision = event.type === 'put' ? event.entry.modRevision : event.modRevision;
      if (revision < this.#nextRevision) continue;
      const last = batches.at(-1);
      if (last?.revision === revision) last.events.push(event);
      else batches.push({ revision, events: [event] });
    }
    const end = batches.at(-1);
    if (end !== undefined) this.#nextRevision = end.revision + 1;
    return batches;
  }

  /** Everything up to `revision` is known to be delivered. */
  skipTo(revision: number): void {
    if (revision >= this.#nextRevision) this.#nextRevision = revision + 1;
  }

  /** Forgets fragments of a stream that has ended. */
  dropFragments(): void {
    this.#fragments = [];
  }
}
