import type { Clock } from '../../controller/clock.ts';
import type { ObjectRef } from '../../model/object-ref.ts';
import { formatObjectRef } from '../../model/object-ref.ts';
import type { ReasonStream } from '../../reasons/index.ts';
import { contentHash, type DeclaredObject, type KindFilter, type ManifestFile, readManifestFile } from './manifest-file.ts';

/** How long objects outlive the file content that declared them; see {@link DeclaredObjects}. */
export interface GracePeriods {
  /** After an object left a readable file, or the file left its folder. Default 100 ms. */
  readonly removedMs: number;
  /** After a file became empty. Default 2000 ms: what `kubectl get … > FILE` or `helm template … > FILE` takes to write its first byte. */
  readonly emptiedMs: number;
}

/** Defaults of {@link GracePeriods}. */
export const defaultGracePeriods: GracePeriods = { removedMs: 100, emptiedMs: 2_000 };

/** A file that keeps changing cannot put a removal off for longer than this. */
const longestGraceMs = 5_000;

/** The declaration that counts for an object has changed; undefined = there is none any more. */
export interface DeclarationChange {
  readonly id: string;
  readonly declared: DeclaredObject | undefined;
}

/** Options of {@link DeclaredObjects}. */
export interface DeclaredObjectsOptions extends KindFilter {
  readonly reasons: ReasonStream;
  readonly clock: Clock;
  readonly grace: GracePeriods;
  /** All changes that one reading of a file brought. */
  readonly onChanges: (changes: readonly DeclarationChange[]) => void;
}

interface FileRecord {
  manifest: ManifestFile;
  /** Declared before and not in `manifest`, but still counted. */
  held: Map<string, DeclaredObject>;
  /** Since when, by the monotonic clock, something is held. */
  heldSinceMs: number;
  expiry: Disposable | undefined;
  /** Decisions that stand because of this file: object and topic. */
  notices: Map<string, { readonly object: ObjectRef; readonly topic: string }>;
  gone: boolean;
}

/**
 * Which objects all files together declare. Of several declarations of one object the first counts, by file name and then position.
 *
 * An object that a file no longer declares is not taken away at once, because a reader cannot tell an edit from a write under way:
 * editors truncate or rename a file before they write it, and a shell empties it before the program that fills it has started. While
 * any document of the file is unreadable, the objects that it declared before stay for good: the missing one may be the unreadable one, and
 * nothing is deleted on partial knowledge. Otherwise they stay for a {@link GracePeriods}. Additions and edits count at once.
 */
export class DeclaredObjects {
  readonly #options: DeclaredObjectsOptions;
  readonly #files = new Map<string, FileRecord>();
  readonly #declarations = new Map<string, DeclaredObject[]>(); // object id → all declarations, held ones included
  readonly #winners = new Map<string, DeclaredObject>();
  #problems = 0; // documents, list items and files that cannot be read now
  readonly #duplicates = new Map<string, { readonly object: ObjectRef; readonly topic: string }[]>(); // object id → decisions that stand

  constructor(options: DeclaredObjectsOptions) {
    this.#options = options;
  }

  /** True when some document of some file cannot be read, so that what is not declared may only be unreadable. */
  get isPartial(): boolean {
    return this.#problems > 0;
  }

  /** The declaration that counts. */
  get(id: string): DeclaredObject | undefined {
    return this.#winners.get(id);
  }

  /** Files that declare objects which were not kept when they were read, and whose kinds are viewed now. */
  filesToReadAgain(): string[] {
    const { viewed } = this.#options;
    const misses = (declared: DeclaredObject): boolean =>
      declared.object === undefined && viewed.has(declared.kindId) && declared.version?.type !== 'gone';
    return [...this.#files.values()]
      .filter((record) => record.manifest.documents.some((document) => document.objects.some(misses)))
      .map((record) => record.manifest.path);
  }

  /** Takes in the content of a file; undefined = there is no such file any more. Equal content changes nothing. */
  read(path: string, bytes: Uint8Array | undefined): void {
    const before = this.#files.get(path);
    if (bytes === undefined) {
      if (before !== undefined && !before.gone) this.#replace(path, before, { path, hash: '', documents: [], isEmpty: true }, true);
      return;
    }
    if (before !== undefined && !before.gone && before.manifest.hash === contentHash(bytes) && !this.#misses(before)) return;
    this.#replace(path, before, readManifestFile(path, bytes, before?.manifest, this.#options), false);
  }

  /** A file is there and cannot be read: what it declared stays. */
  readFailed(path: string, problem: string): void {
    const before = this.#files.get(path);
    const document = { hash: '', objects: [], problems: [{ lineOffset: 0, problem }], line: 1 };
    this.#replace(path, before, { path, hash: `unreadable: ${problem}`, documents: [document], isEmpty: false }, false);
  }

  /** Cancels what is scheduled. */
  close(): void {
    for (const record of this.#files.values()) record.expiry?.[Symbol.dispose]();
  }

  #misses(record: FileRecord): boolean {
    const { viewed } = this.#options;
    return record.manifest.documents.some((document) =>
      document.objects.some(
        (declared) => declared.object === undefined && viewed.has(declared.kindId) && declared.version?.type !== 'gone',
      ),
    );
  }

  #replace(path: string, before: FileRecord | undefined, manifest: ManifestFile, gone: boolean): void {
    const nowMs = this.#options.clock.monotonicMs();
    const old = before === undefined ? [] : [...objectsOf(before.manifest)];
    const present = [...objectsOf(manifest)];
    const presentIds = new Set(present.map((declared) => declared.id));
    const presentObjects = new Set(present);
    const held = new Map<string, DeclaredObject>();
    for (const declared of [...(before?.held.values() ?? []), ...old]) if (!presentIds.has(declared.id)) held.set(declared.id, declared);

    const dirty = new Set<string>();
    const oldObjects = new Set(old);
    for (const declared of old) if (!presentObjects.has(declared) || held.has(declared.id)) dirty.add(declared.id);
    for (const declared of before?.held.values() ?? []) dirty.add(declared.id);
    for (const declared of present) {
      // Also of documents that stayed the same: their order among duplicates may be another.
      if (!oldObjects.has(declared) || (this.#declarations.get(declared.id)?.length ?? 0) > 1) dirty.add(declared.id);
    }
    const record: FileRecord = {
      manifest,
      held,
      heldSinceMs: before !== undefined && before.held.size > 0 ? before.heldSinceMs : nowMs,
      expiry: undefined,
      notices: before?.notices ?? new Map(),
      gone,
    };
    before?.expiry?.[Symbol.dispose]();
    this.#problems += problemCount(manifest) - (before === undefined ? 0 : problemCount(before.manifest));
    this.#files.set(path, record);
    this.#redeclare(dirty, path, present, held);
    this.#report(record);
    this.#scheduleExpiry(record, nowMs);
    if (gone && held.size === 0) this.#forget(record);
    this.#settle(dirty);
  }

  #redeclare(
    dirty: ReadonlySet<string>,
    path: string,
    present: readonly DeclaredObject[],
    held: ReadonlyMap<string, DeclaredObject>,
  ): void {
    const here = new Map<string, DeclaredObject[]>();
    for (const declared of [...present, ...held.values()]) {
      if (!dirty.has(declared.id)) continue;
      const same = here.get(declared.id);
      if (same === undefined) here.set(declared.id, [declared]);
      else same.push(declared);
    }
    for (const id of dirty) {
      const elsewhere = (this.#declarations.get(id) ?? []).filter((declared) => declared.file !== path);
      const all = [...elsewhere, ...(here.get(id) ?? [])];
      if (all.length === 0) this.#declarations.delete(id);
      else this.#declarations.set(id, all);
    }
  }

  #isHeld(declared: DeclaredObject): boolean {
    return this.#files.get(declared.file)?.held.get(declared.id) === declared;
  }

  /** Finds what counts for each of the objects, reports duplicates, and tells the changes. */
  #settle(ids: Iterable<string>): void {
    const changes: DeclarationChange[] = [];
    for (const id of ids) {
      const all = this.#standing(id);
      this.#reportDuplicates(id, all);
      const winner = all[0];
      if (winner === this.#winners.get(id)) continue;
      if (winner === undefined) this.#winners.delete(id);
      else this.#winners.set(id, winner);
      changes.push({ id, declared: winner });
    }
    if (changes.length > 0) this.#options.onChanges(changes);
  }

  /** The declarations of an object in their order; held ones only while no file declares it, because then it has merely moved. */
  #standing(id: string): readonly DeclaredObject[] {
    const all = this.#declarations.get(id) ?? [];
    const present = all.filter((declared) => !this.#isHeld(declared));
    if (present.length === 0) {
      const winner = this.#winners.get(id);
      // Of several that are held the one that counted last goes on to count.
      return winner !== undefined && all.includes(winner) ? [winner] : all.slice(0, 1);
    }
    for (const declared of all) if (this.#isHeld(declared)) this.#files.get(declared.file)?.held.delete(id);
    if (present.length > 1) present.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.position - b.position));
    if (present.length < all.length) this.#declarations.set(id, present);
    return present;
  }

  #reportDuplicates(id: string, all: readonly DeclaredObject[]): void {
    const before = this.#duplicates.get(id);
    if (before === undefined && all.length < 2) return;
    const { reasons } = this.#options;
    const standing: { readonly object: ObjectRef; readonly topic: string }[] = [];
    const [first, ...others] = all;
    const numbers = new Map<string, number>();
    for (const declared of others) {
      if (first === undefined) break;
      const number = (numbers.get(declared.file) ?? 0) + 1;
      numbers.set(declared.file, number);
      const notice = { object: refOf(declared), topic: `duplicate:${declared.file}#${number}` };
      reasons.report({
        code: 'DOCUMENT_DUPLICATE',
        ...notice,
        params: { file: declared.file, line: declared.line, firstFile: first.file, firstLine: first.line },
      });
      standing.push(notice);
    }
    for (const notice of before ?? []) {
      if (!standing.some((other) => other.topic === notice.topic)) reasons.end(notice.object, notice.topic);
    }
    if (standing.length === 0) this.#duplicates.delete(id);
    else this.#duplicates.set(id, standing);
  }

  /** Brings the decisions about the file's documents up to date. */
  #report(record: FileRecord): void {
    const { reasons } = this.#options;
    const path = record.manifest.path;
    const file: ObjectRef = { kind: 'File', name: path };
    const notices: FileRecord['notices'] = new Map();
    const note = (object: ObjectRef, topic: string): { readonly object: ObjectRef; readonly topic: string } => {
      const notice = { object, topic };
      notices.set(`${formatObjectRef(object)} ${topic}`, notice);
      return notice;
    };
    let number = 0;
    for (const document of record.manifest.documents) {
      for (const { lineOffset, problem } of document.problems) {
        const kept = number === 0 ? [...record.held.values()].map((declared) => formatObjectRef(refOf(declared))) : [];
        reasons.report({
          code: 'DOCUMENT_UNREADABLE',
          ...note(file, `document:${number}`),
          params: { file: path, line: document.line + lineOffset, problem, kept },
        });
        number += 1;
      }
      for (const declared of document.objects) {
        if (declared.version === undefined) continue;
        const params = { file: path, line: declared.line, apiVersion: declared.version.written, served: declared.version.served };
        const code = declared.version.type === 'gone' ? 'KIND_NOT_SERVED' : 'API_VERSION_OLD';
        reasons.report({ code, ...note(refOf(declared), `apiVersion:${path}`), params });
      }
    }
    for (const [key, notice] of record.notices) if (!notices.has(key)) reasons.end(notice.object, notice.topic);
    record.notices = notices;
  }

  #scheduleExpiry(record: FileRecord, nowMs: number): void {
    if (record.held.size === 0 || problemCount(record.manifest) > 0) return;
    const { grace, clock } = this.#options;
    const wantedMs = record.manifest.isEmpty && !record.gone ? grace.emptiedMs : grace.removedMs;
    const leftMs = Math.max(0, Math.min(wantedMs, record.heldSinceMs + longestGraceMs - nowMs));
    record.expiry = clock.schedule(leftMs, () => {
      const ids = [...record.held.keys()];
      record.held = new Map();
      this.#redeclare(new Set(ids), record.manifest.path, [...objectsOf(record.manifest)], record.held);
      if (record.gone) this.#forget(record);
      this.#settle(ids);
    });
  }

  #forget(record: FileRecord): void {
    for (const notice of record.notices.values()) this.#options.reasons.end(notice.object, notice.topic);
    this.#files.delete(record.manifest.path);
  }
}

function* objectsOf(manifest: ManifestFile): Generator<DeclaredObject> {
  for (const document of manifest.documents) {
    for (const declared of document.objects) if (declared.version?.type !== 'gone') yield declared;
  }
}

function problemCount(manifest: ManifestFile): number {
  let count = 0;
  for (const document of manifest.documents) count += document.problems.length;
  return count;
}

function refOf(declared: DeclaredObject): ObjectRef {
  return { kind: declared.kind, namespace: declared.key.namespace, name: declared.key.name };
}
