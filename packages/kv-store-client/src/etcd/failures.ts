import { type ErrorCode, SeamarkError } from '@seamark/common/errors';

/** The parts of a gRPC ServiceError that matter here. */
export interface GrpcFailure {
  readonly code: number;
  readonly details: string;
}

/**
 * What a failed attempt means.
 *
 * - `final`: the same request will fail again; throw `error`.
 * - `unsent`: it has certainly not been done; any request may be tried again.
 * - `unknown`: it may have been done (connection lost, no answer in time); only what may be done twice is tried again.
 * - `reauthenticate`: not done, because the token is not valid any more.
 */
export type Failure =
  | { readonly kind: 'final'; readonly error: SeamarkError }
  | { readonly kind: 'unsent' | 'unknown'; readonly error: SeamarkError }
  | { readonly kind: 'reauthenticate'; readonly error: SeamarkError };

/** Who is asked, for messages. */
export interface FailureContext {
  readonly url: string;
  readonly username: string | undefined;
  /** `CA /path, certificate /path, key /path`, or how trust is decided without files. */
  readonly tls: string;
}

// Node's and OpenSSL's words for a handshake that failed, as grpc-js repeats them.
const tlsWords =
  /certificate|CERT_|self[- ]signed|altname|Hostname\/IP|SSL routines|ssl3_|tlsv1|EPROTO|wrong version number|ERR_TLS|ERR_SSL|before secure TLS|alert /i;

/** True when a failure is an answer of etcd itself, so that it lives: all codes but those that stand for silence or a lost connection. */
export function isAnswerOfServer(error: unknown): boolean {
  return isGrpcFailure(error) && ![1, 2, 4, 14].includes(error.code);
}

/** Maps what gRPC or etcd said to a {@link Failure}. Codes: https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export function classifyFailure({ code, details }: GrpcFailure, context: FailureContext): Failure {
  const text = shortened(details);
  const make = (error: ErrorCode, message: string): SeamarkError => new SeamarkError(error, message);
  const unauthenticated = (): Failure => ({
    kind: 'final',
    error: make(
      'SM_STORE_UNAUTHENTICATED',
      `etcd at ${context.url} refuses ${context.username === undefined ? 'a client without user name' : `user ${JSON.stringify(context.username)}`}: ${text}`,
    ),
  });
  const rejected = (): Failure => ({
    kind: 'final',
    error: make('SM_STORE_REJECTED', `etcd at ${context.url} refuses the request: ${text}`),
  });
  const unavailable = (kind: 'unsent' | 'unknown'): Failure => ({
    kind,
    error: make('SM_STORE_UNAVAILABLE', `etcd at ${context.url} does not answer: ${text}`),
  });

  // Authentication that was turned on after we connected: without it there had been no token to fetch.
  const turnedOn = context.username !== undefined && details.includes('user name is empty');
  if (turnedOn || /invalid auth token|revision of auth store is old/.test(details))
    return {
      kind: 'reauthenticate',
      error: make('SM_STORE_UNAUTHENTICATED', `etcd at ${context.url} does not know the token any more: ${text}`),
    };
  // A member that only copies so far; another one answers.
  if (details.includes('not supported for learner')) return unavailable('unsent');
  switch (code) {
    case 3: // INVALID_ARGUMENT
      return /authentication failed|user name is empty|user name not found/.test(details) ? unauthenticated() : rejected();
    case 7: // PERMISSION_DENIED
    case 16: // UNAUTHENTICATED
      return unauthenticated();
    case 5: // NOT_FOUND
      return details.includes('lease not found')
        ? { kind: 'final', error: make('SM_STORE_LEASE_LOST', `etcd at ${context.url} does not know the lease: ${text}`) }
        : rejected();
    case 8: // RESOURCE_EXHAUSTED
      if (details.includes('too many requests')) return unavailable('unsent');
      return details.includes('space exceeded')
        ? { kind: 'final', error: make('SM_STORE_WRITE_FAILED', `etcd at ${context.url} has no space left: ${text}`) }
        : rejected();
    case 6: // ALREADY_EXISTS
    case 9: // FAILED_PRECONDITION
    case 12: // UNIMPLEMENTED
      return rejected();
    case 11: // OUT_OF_RANGE
      return details.includes('compacted')
        ? { kind: 'final', error: make('SM_STORE_COMPACTED', `etcd at ${context.url}: ${text}`) }
        : rejected();
    case 14: {
      // UNAVAILABLE. Of a connection that never was, nothing can have been sent.
      const unsent = details.includes('No connection established') || details.includes('Name resolution failed');
      if (unsent && tlsWords.test(details))
        return { kind: 'unsent', error: make('SM_STORE_TLS', `TLS with etcd at ${context.url} failed (${context.tls}): ${text}`) };
      return unavailable(unsent ? 'unsent' : 'unknown');
    }
    default:
      // CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, ABORTED, INTERNAL (a stream reset), DATA_LOSS.
      return unavailable('unknown');
  }
}

/** The part that a person needs of what grpc-js says: it appends resolution notes. */
function shortened(details: string): string {
  return (refusalOf(details) ?? details).replace(/^Error: /, '').trim();
}

/** Why a connection could not be made, out of the details of a gRPC failure; undefined when they are about something else. */
export function refusalOf(details: string): string | undefined {
  return details.match(/Last error: (.*?)\. Resolution note:/s)?.[1];
}

/** True for errors as gRPC clients throw them. */
export function isGrpcFailure(error: unknown): error is GrpcFailure {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}
