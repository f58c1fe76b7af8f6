import { type ParseResult, parsed, unparsable } from '@seamark/common/model';

import { maxMessageOctets } from '../limits.ts';
import { recordTypeName } from '../record-type.ts';
import { encoded, octetsOfHex } from './kinds/blobs.ts';
import { parseDecimal } from './kinds/numbers.ts';
import { OctetBuilder } from './octet-builder.ts';
import { checkDigest, checkRdata } from './rdata-check.ts';
import { rdataFields } from './rdata-fields.ts';
import { FieldReader, type TextField } from './text-field.ts';

const builder = new OctetBuilder();

/**
 * RDATA from its words, as a zone file has them behind the type: the fields of the type, or for any type `\# length hex`
 * (RFC 3597 5). Relative names end in `origin`; with `undefined` they are a problem. The value is uncompressed wire form, the case
 * of names kept.
 */
export function rdataFromText(type: number, fields: readonly TextField[], origin: Uint8Array | undefined): ParseResult<Uint8Array> {
  builder.length = 0;
  const problem = appendRdata(type, new FieldReader(fields, origin), builder);
  return problem === undefined ? parsed(builder.octets.slice(0, builder.length)) : unparsable(problem);
}

/**
 * Appends to an empty `out` the RDATA of the words that `input` has left; returns what is wrong with them. The word before
 * `input.next` is then the one that the problem is about.
 */
export function appendRdata(type: number, input: FieldReader, out: OctetBuilder): string | undefined {
  const first = input.peek();
  if (first !== undefined && first.text === '\\#' && !first.quoted) return appendGeneric(type, input, out);
  const fields = rdataFields(type);
  if (fields === undefined) return `${recordTypeName(type)} has no text form of its own: write \\# LENGTH HEX (RFC 3597)`;
  for (const { label, kind } of fields) {
    const problem = kind.parse(input, out);
    if (problem !== undefined) return `${recordTypeName(type)}: ${label} ${problem}`;
  }
  if (input.left > 0) return `${recordTypeName(type)}: "${input.take().text}" is one word too many`;
  if (out.length > maxMessageOctets) return `${recordTypeName(type)}: RDATA has ${out.length} octets; ${maxMessageOctets} is the most`;
  return checkDigest(type, out.octets, out.length)?.problem;
}

function appendGeneric(type: number, input: FieldReader, out: OctetBuilder): string | undefined {
  input.take();
  const length = parseDecimal(input.take().text, maxMessageOctets);
  if (length < 0) return `\\# is not followed by a length from 0 to ${maxMessageOctets}`;
  const octets = octetsOfHex(input.takeRest());
  if (octets === undefined) return '\\# LENGTH is not followed by hex: pairs of the digits 0-9 a-f';
  if (octets.length !== length) return `\\# ${length} is followed by ${octets.length} octets`;
  const problem = checkRdata(type, octets);
  if (problem !== undefined) return `\\# ${length}: ${problem.problem} at octet ${problem.offset}`;
  out.append(octets);
  return undefined;
}

/** RDATA as the words of a zone file, names absolute. RDATA that is not of its type, and types without known fields: `\# length hex`. */
export function rdataToText(type: number, rdata: Uint8Array): string {
  const fields = rdataFields(type);
  if (fields === undefined || checkRdata(type, rdata) !== undefined) return genericRdataText(rdata);
  const words: string[] = [];
  let at = 0;
  for (const { kind } of fields) {
    const end = kind.end(rdata, at, rdata.length);
    const text = kind.format(rdata, at, end);
    if (text !== '') words.push(text);
    at = end;
  }
  return words.join(' ');
}

/** `\# length hex` (RFC 3597 5). */
export function genericRdataText(rdata: Uint8Array): string {
  return `\\# ${rdata.length} ${encoded(rdata, 0, rdata.length, 'hex')}`.trimEnd();
}
