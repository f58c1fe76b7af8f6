import { headerOctets, maxLabels, maxLabelOctets, maxNameOctets, optOctets } from './limits.ts';
import { type MalformedCause, MalformedDnsError } from './malformed.ts';
import { lowerCaseOctet } from './message-writer.ts';
import { decodeName } from './name-decoder.ts';
import { uint16At } from './rdata-decoder.ts';
import { recordTypes } from './record-type.ts';

/**
 * What a server needs of a query, in fields that every query overwrites, so that reading one allocates nothing. The name of the
 * question is held in lower case, with the place of each label, ready to be looked up.
 */
export class QueryView {
  /** Questions as the header counts them; the fields about the question hold only when it is 1. */
  questions = 0;
  /** The question's name in uncompressed wire form, lower case. */
  readonly name: Uint8Array = new Uint8Array(maxNameOctets);
  nameLength = 0;
  /** Where each label's length octet stands in `name`, from left to right, the root left out. */
  readonly labelStarts: Uint8Array = new Uint8Array(maxLabels);
  labels = 0;
  type = 0;
  class = 0;
  hasEdns = false;
  udpPayloadSize = 0;
  ednsVersion = 0;
  dnssecOk = false;
  /** Where the question ends; 0 when it could not be read. Holds for malformed queries too. */
  questionEnd = 0;
  /** Where the options of OPT stand in the query; both 0 without any. Checked to be whole. */
  optionsStart = 0;
  optionsEnd = 0;
  /** Where the first TSIG record starts; 0 without. Neither its place nor its RDATA is looked at. */
  tsigStart = 0;
}

/**
 * Reads a query whose header is known to be there. Returns the cause when it is malformed (then only `hasEdns`,
 * `ednsVersion`, `dnssecOk` and `questionEnd` may be relied on, as far as OPT was reached), else `undefined`. EDNS options are checked
 * for their bounds only.
 */
export function readQuery(query: Uint8Array, view: QueryView): MalformedCause | undefined {
  view.hasEdns = view.dnssecOk = false;
  view.ednsVersion = view.questionEnd = view.optionsStart = view.optionsEnd = view.tsigStart = 0;
  view.questions = uint16At(query, 4);
  let at = headerOctets;
  if (view.questions === 1) {
    const end = readQuestionName(query, view);
    if (typeof end === 'string') return end;
    if (end + 4 > query.length) return 'record_ends_early';
    view.type = uint16At(query, end);
    view.class = uint16At(query, end + 2);
    at = view.questionEnd = end + 4;
  }
  const records = uint16At(query, 6) + uint16At(query, 8);
  const additionals = uint16At(query, 10);
  if (records === 0 && additionals === 0 && view.questions === 1) return at === query.length ? undefined : 'trailing_octets';
  try {
    if (view.questions > 1) for (let count = view.questions; count > 0; count--) at = decodeName(query, at, query.length).end + 4;
    for (let count = records + additionals; count > 0; count--) {
      const isOpt = count <= additionals && isOptAt(query, at);
      const owner = at;
      const fields = isOpt ? at + 1 : decodeName(query, at, query.length).end;
      if (fields + 10 > query.length) return 'record_ends_early';
      at = fields + 10 + uint16At(query, fields + 8);
      if (at > query.length) return 'record_ends_early';
      const type = uint16At(query, fields);
      if (count > additionals) {
        if (type === recordTypes.OPT) return 'opt_section';
        continue;
      }
      if (type === recordTypes.TSIG && view.tsigStart === 0) view.tsigStart = owner;
      if (type !== recordTypes.OPT) continue;
      if (query[owner] !== 0) return 'opt_owner';
      if (view.hasEdns) return 'opt_twice';
      view.hasEdns = true;
      view.udpPayloadSize = uint16At(query, fields + 2);
      view.ednsVersion = query[fields + 5] as number;
      view.dnssecOk = ((query[fields + 6] as number) & 0x80) !== 0;
      if (!optionsAreWhole(query, fields + 10, at)) return 'opt_options';
      view.optionsStart = fields + 10;
      view.optionsEnd = at;
    }
  } catch (error) {
    if (error instanceof MalformedDnsError) return error.malformation;
    throw error;
  }
  return at === query.length ? undefined : 'trailing_octets';
}

/** The root name followed by type OPT: by far the most frequent additional record, read without a call of the name decoder. */
function isOptAt(query: Uint8Array, at: number): boolean {
  return at + optOctets <= query.length && query[at] === 0 && query[at + 1] === 0 && query[at + 2] === recordTypes.OPT;
}

/** A question's name is never compressed: there is nothing before it to point at. */
function readQuestionName(query: Uint8Array, view: QueryView): number | MalformedCause {
  const { name, labelStarts } = view;
  let at = headerOctets;
  let length = 0;
  let labels = 0;
  for (;;) {
    if (at >= query.length) return 'name_ends_early';
    const octets = query[at] as number;
    if (octets > maxLabelOctets) return 'label_type';
    // The root's zero must fit behind every label.
    if (length + 1 + octets + (octets === 0 ? 0 : 1) > maxNameOctets) return 'name_too_long';
    if (at + octets >= query.length) return 'name_ends_early';
    if (octets === 0) break;
    labelStarts[labels++] = length;
    name[length++] = octets;
    at++;
    for (const end = at + octets; at < end; at++) name[length++] = lowerCaseOctet(query[at] as number);
  }
  name[length++] = 0;
  view.nameLength = length;
  view.labels = labels;
  return at + 1;
}

function optionsAreWhole(query: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (at + 4 > end) return false;
    at += 4 + uint16At(query, at + 2);
  }
  return at === end;
}
