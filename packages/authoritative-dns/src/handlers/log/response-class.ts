import type { DnsResponse } from '../../chain/response.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';

/** Classes of answers that `log` tells apart. */
export const responseClasses = ['all', 'success', 'denial', 'error'] as const;

/** One of {@link responseClasses}. */
export type ResponseClass = (typeof responseClasses)[number];

/** The class of an answer: names and types that are not there are denials, every other code than NOERROR an error. */
export function classOfResponse({ responseCode, answers, authorities }: DnsResponse): ResponseClass {
  if (responseCode === responseCodes.NXDOMAIN) return 'denial';
  if (responseCode !== responseCodes.NOERROR) return 'error';
  return answers.length === 0 && authorities.some(({ type }) => type === recordTypes.SOA) ? 'denial' : 'success';
}
