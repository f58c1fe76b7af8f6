import type { SeamarkError } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';
import type { ReasonStream } from '@seamark/common/reasons';

import type { HostPort } from '../corefile/arguments/read-host-port.ts';
import type { MetricRegistry } from '../metrics/metric-registry.ts';
import type { CookieSettings } from '../respond/cookies/server-cookies.ts';
import type { TlsMaterial, TlsSettings } from '../transport/tls-settings.ts';
import type { WritableRecord } from '../zonefile/index.ts';
import type { Handler, Next } from './handler.ts';
import type { LiveSetting } from './live-setting.ts';

/** One use of a directive in a server block, as the Corefile's parser hands it over. */
export interface Directive {
  readonly name: string;
  /** What stands behind the name on its line. */
  readonly args: readonly Token[];
  /** Lines of its braces; empty without braces. Nested braces stay with the line that opens them. */
  readonly block: readonly DirectiveLine[];
  readonly at: Position;
}

/** A line inside a directive's braces. */
export interface DirectiveLine {
  readonly name: Token;
  readonly args: readonly Token[];
  /** Lines of braces of its own. */
  readonly block: readonly DirectiveLine[];
}

/** A word of the Corefile, after quotes, environment and imports. */
export interface Token {
  readonly text: string;
  readonly at: Position;
}

/** A place in a Corefile or in a file that it imports; `line` from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
}

/** What a directive's setup may know and use. */
export interface SetupContext {
  /** Zones of the server block, lower-case presentation form with the final dot: `example.org.`, `.`. */
  readonly zones: readonly string[];
  /** Folder of the Corefile; `root` of the block once set up, since it comes first. Relative paths start here. */
  readonly folder: string;
  /** `dns`, `tls`, `https`: the scheme of the block's keys. */
  readonly scheme: string;
  /** The label `server` of the metrics: `dns://:53`. */
  readonly server: string;
  readonly logger: Logger;
  readonly reasons?: ReasonStream;
  readonly metrics?: MetricRegistry;
  /** Asks the server itself, from the start of the chain of whichever block fits; for aliases that lead elsewhere. */
  readonly askServer: Next;
  /** What directives of one Corefile share across blocks (one health endpoint, one store per etcd), by a key of the directive's choice. */
  shared<T>(key: string, create: () => T): T;
  /** Ends the server with an error that can be found out only while it answers (`loop`). Left out: the error is logged alone. */
  readonly fail?: (error: SeamarkError) => void;
  /**
   * What `read` gives. A SeamarkError of it is told as a mistake, at `at` unless it has a place of its own, and `instead` goes on in
   * its place: so one reading of a Corefile tells every mistake. With a mistake nothing is started.
   */
  collect<T>(at: Position, read: () => T, instead: T): T;
  /** Says something that does not keep the Corefile from running. */
  warn(message: string, at: Position): void;
}

/** What the block listens with; each directive gives what it knows (`bind`, `tls`, `timeouts`, `connections`, `cookies`, `multisocket`). */
export interface ListenSettings {
  /** Addresses or names of interfaces; `except` already taken out where known. */
  readonly bind?: readonly string[];
  readonly tls?: Omit<TlsSettings, 'material'> & { readonly material: LiveSetting<TlsMaterial> };
  readonly readTimeoutMs?: number;
  readonly writeTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  readonly maxTcpQueries?: number;
  readonly maxConnections?: number;
  readonly maxConnectionsPerClient?: number;
  /** DNS cookies; what it leaves out is the server's own. */
  readonly cookies?: LiveSetting<Partial<CookieSettings>>;
  readonly sockets?: number;
}

/** An HTTP endpoint that a directive opens. */
export interface HttpEndpoint {
  readonly address: HostPort;
  readonly isEncrypted: boolean;
  readonly at: Position;
}

/** What {@link BlockPart.check} found. */
export interface CheckedMistake {
  /** The line of the Corefile that leads there. */
  readonly at: Position;
  readonly error: SeamarkError;
}

/** What a directive contributes to its block. */
export interface BlockPart {
  readonly handler?: Handler;
  readonly listen?: ListenSettings;
  /** The HTTP endpoint that `start` opens, so that those which exclude each other are found before. */
  readonly endpoint?: HttpEndpoint;
  /** Tells what `start` would refuse in files, and warns of what it would warn of, without keeping anything; for `-validate`. */
  check?(): Promise<readonly CheckedMistake[]>;
  /** Opens what it needs; called before the block's sockets answer, in the order of the chain. Throws SeamarkErrors. */
  start?(signal: AbortSignal): Promise<void>;
  /** Called after the block's sockets closed, and on reload after the new version answers. */
  stop?(): Promise<void>;
  /** Why it is not ready, in words, or `undefined`; asked by the directive `ready`. */
  notReady?(): string | undefined;
  /** Hears of everything that the block has, once all of it is set up. */
  complete?(parts: ReadonlyMap<string, BlockPart>): void;
  /** All records of a zone that it serves itself, to be written as a zone file; `undefined` when it is not its zone. `example.org.` */
  dump?(zone: string): readonly WritableRecord[] | undefined;
  /** `root`: where relative paths of the directives behind it start. */
  readonly folder?: string;
  /** `health lameduck`: how long shutdown waits while still answering. */
  readonly lameDuckMs?: number;
}

/** All uses of a directive in one block; a single one when it may stand once. */
export type Uses = readonly [Directive, ...Directive[]];

/** A directive: its name, its place in the order of handlers is in the registry. */
export interface DirectiveSetup {
  readonly name: string;
  /**
   * Set for directives of which a block has one use: a second one is a mistake, or, where CoreDNS takes it, a warning that says which
   * counts. Left out: `setup` reads all of them.
   */
  readonly once?: true | 'the first counts' | 'the last counts';
  /**
   * Reads every use of the directive in one block. Tells each mistake with file and line, by `context.collect` or, for the last one,
   * by throwing SM_COREFILE_INVALID; has no side effects before `start`.
   */
  setup(uses: Uses, context: SetupContext): BlockPart;
}
