import { type ErrorCode, SeamarkError } from '../../errors/index.ts';

/** What the API server said: metav1.Status as far as it is used. */
export interface ApiStatus {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly field?: string; readonly message?: string }[];
  };
}

/** The cause of a SeamarkError that stands for an answer of the API server. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  /** metav1.Status `reason`: AlreadyExists, Conflict, Expired, Invalid, …; empty when the answer was no Status. */
  readonly reason: string;
  readonly causes: NonNullable<NonNullable<ApiStatus['details']>['causes']>;
  /** How long the server asks us to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, text: string, retryAfter?: string) {
    const parsed = parseStatus(text);
    super(parsed?.message ?? (text.trim().slice(0, 300) || `HTTP ${status}`));
    this.status = status;
    this.reason = parsed?.reason ?? '';
    this.causes = parsed?.details?.causes ?? [];
    const seconds = Number.parseInt(retryAfter ?? '', 10);
    const asked = Number.isNaN(seconds) ? parsed?.details?.retryAfterSeconds : seconds;
    this.retryAfterMs = asked === undefined ? undefined : asked * 1000;
  }
}

/** The {@link ApiFailure} behind an error, if the API server answered at all. */
export function apiFailureOf(error: unknown): ApiFailure | undefined {
  if (error instanceof ApiFailure) return error;
  const cause = error instanceof SeamarkError ? error.cause : undefined;
  return cause instanceof ApiFailure ? cause : undefined;
}

/** The SM_CLUSTER_* code of an HTTP status. */
export function errorCodeOfStatus(status: number): ErrorCode {
  switch (status) {
    case 401:
    case 403:
      return 'SM_CLUSTER_FORBIDDEN';
    case 404:
      return 'SM_CLUSTER_NOT_FOUND';
    case 409:
      return 'SM_CLUSTER_CONFLICT';
    case 408:
    case 429:
      return 'SM_CLUSTER_UNAVAILABLE';
    default:
      return status >= 500 ? 'SM_CLUSTER_UNAVAILABLE' : 'SM_CLUSTER_REJECTED';
  }
}

/** True for errors of the way to the API server that were raised before it can have seen the request. */
export function wasNeverSent(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(
    networkErrorCode(error),
  );
}

/** True when the server's certificate is not signed by the CA that we know: it may have rotated. */
export function isCertificateError(error: unknown): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_/.test(networkErrorCode(error));
}

/** The `code` of a network error, also of one that undici wrapped or that stands for several addresses. */
export function networkErrorCode(error: unknown): string {
  for (let inner: unknown = error, depth = 0; inner instanceof Error && depth < 5; inner = inner.cause, depth += 1) {
    const code = (inner as NodeJS.ErrnoException).code ?? (inner instanceof AggregateError ? networkErrorCode(inner.errors[0]) : undefined);
    if (code !== undefined && code !== '') return code;
  }
  return '';
}

function parseStatus(text: string): ApiStatus | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as ApiStatus;
  } catch {
    return undefined;
  }
}
