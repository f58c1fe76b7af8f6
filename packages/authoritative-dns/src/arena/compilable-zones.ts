import type { Zone } from '../zone/tree/index.ts';
import type { AnswerPolicy } from './answer-policy.ts';
import type { CompiledSource } from './compiled-source.ts';
import type { TreeChanges } from './tree-changes.ts';
import { TreeSource } from './tree-source.ts';

/** A zone by its names. */
export type CompilableZone = Pick<Zone<unknown>, 'label' | 'apex'>;

/** What of a zone's questions must reach the handler although the zone is compiled. */
export type AskedQuestions = Pick<AnswerPolicy, 'askNameErrors' | 'askWildcardLabels'>;

/** How {@link CompilableZones} are to be compiled for one arena. */
export interface CompileOptions {
  /** What is done to the answers of a zone; `undefined` = its questions go to JavaScript. */
  readonly policyOf: (zone: CompilableZone) => AnswerPolicy | undefined;
  /** The number of a zone in the arena; always the same one. */
  readonly numberOf: (zone: CompilableZone) => number;
  /** By which its answers are counted; several zones may share it. */
  readonly countedAs: (zone: CompilableZone) => number;
  /** Others fill the same arena. */
  readonly isShared: boolean;
  /** Says of a name of the zones, in wire form, whether it is compiled here. Absent = all are. */
  readonly owns?: (name: Uint8Array) => boolean;
  /** The zones take the arena's serial, see {@link CompilableZones.serialGroup}. */
  readonly sharesSerial: boolean;
}

/** Zones of a handler whose answers can be compiled ahead, so that its questions need not reach it. */
export interface CompilableZones {
  /** The directive that answers. */
  readonly by: string;
  /** All zones have one serial, and so have all others with the same object here. `undefined` = each has its own. */
  readonly serialGroup: object | undefined;
  zones(): Iterable<CompilableZone>;
  asked(zone: CompilableZone): AskedQuestions;
  /** Follows the zones from now on. */
  compile(options: CompileOptions): CompiledSource & Disposable;
  /** Tells of each revision, in the same turn. */
  subscribe(listener: () => void): Disposable;
}

/** What {@link compilableTree} needs besides the tree. */
export interface CompilableTreeOptions {
  readonly by: string;
  readonly asked: (zone: CompilableZone) => AskedQuestions;
  /** Where all zones of the tree have one serial. */
  readonly serial?: { readonly group: object; readonly now: () => number };
  /** See `TreeSourceOptions`. */
  readonly asksForHosts?: boolean;
}

/** The zones of a tree as {@link CompilableZones}. */
export function compilableTree<T>(
  changes: TreeChanges<T>,
  { by, asked, serial, asksForHosts = true }: CompilableTreeOptions,
): CompilableZones {
  return {
    by,
    serialGroup: serial?.group,
    zones: () => changes.tree.zones(),
    asked,
    compile: ({ sharesSerial, ...options }) =>
      new TreeSource({
        changes,
        asksForHosts,
        ...options,
        ...(serial === undefined ? {} : sharesSerial ? { sharedSerial: serial.now } : { ownSerial: serial.now }),
      }),
    subscribe: (listener) => changes.subscribe(listener),
  };
}
