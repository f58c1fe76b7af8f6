/** Path of DNS over HTTPS (RFC 8484 uses it in its examples, CoreDNS always). */
export const dohPath = '/dns-query';

/** The one media type (RFC 8484 6). */
export const dnsMessageType = 'application/dns-message';

/** A request that is none of DNS over HTTPS, and what to tell the client. */
export interface HttpProblem {
  readonly status: 400 | 404 | 405 | 413 | 415;
  readonly text: string;
  /** Methods that would do, for 405. */
  readonly allow?: string;
}

/** The parts of an HTTP request that say what it wants. */
export interface HttpRequestHead {
  readonly method: string | undefined;
  /** Path and query. */
  readonly url: string | undefined;
  readonly contentType: string | undefined;
  readonly contentLength: string | undefined;
}

/** The query of a GET; `body` when it is in the body of a POST; else why neither. */
export function readHttpHead(head: HttpRequestHead, maxOctets: number): Buffer | 'body' | HttpProblem {
  const { url = '' } = head;
  const mark = url.indexOf('?');
  if ((mark < 0 ? url : url.slice(0, mark)) !== dohPath) return { status: 404, text: `DNS is at ${dohPath}` };
  if (head.method === 'GET') return mark < 0 ? noQuery : queryOfGet(url.slice(mark + 1), maxOctets);
  if (head.method !== 'POST') return { status: 405, text: 'use GET or POST', allow: 'GET, POST' };
  if (head.contentType?.split(';', 1)[0]?.trim().toLowerCase() !== dnsMessageType) {
    return { status: 415, text: `the body has to be ${dnsMessageType}` };
  }
  return Number(head.contentLength ?? 0) > maxOctets ? tooLarge(maxOctets) : 'body';
}

const noQuery: HttpProblem = { status: 400, text: 'the parameter dns is missing' };

/** The problem of a query above the limit. */
export function tooLarge(maxOctets: number): HttpProblem {
  return { status: 413, text: `a DNS message has at most ${maxOctets} octets` };
}

function queryOfGet(parameters: string, maxOctets: number): Buffer | HttpProblem {
  const encoded = new URLSearchParams(parameters).get('dns');
  if (encoded === null || encoded === '') return noQuery;
  // Without padding (RFC 8484 4.1.1); Node's decoder would skip what is no base64url.
  if (!/^[A-Za-z0-9_-]+$/.test(encoded) || encoded.length % 4 === 1) return { status: 400, text: 'the parameter dns is not base64url' };
  const query = Buffer.from(encoded, 'base64url');
  return query.length > maxOctets ? tooLarge(maxOctets) : query;
}
