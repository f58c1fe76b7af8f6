import { type ParseResult, parsed, unparsable } from '@seamark/common/model';

import { isMetaType, recordTypeCode } from '../record-type.ts';
import { rdataFromText } from './rdata-text.ts';
import { expandUtf8, TextLexer } from './text-lexer.ts';

/** A record without owner, class and TTL. */
export interface TypedRdata {
  readonly type: number;
  /** Uncompressed wire form. */
  readonly rdata: Uint8Array;
}

/**
 * Reads type and RDATA as they stand at the end of a line of a zone file: `CAA 0 issue "letsencrypt.org"`, `TYPE65280 \# 2 abcd`.
 * Parentheses and comments may span lines, text outside ASCII stands for its UTF-8 octets. Relative names end in `origin` (wire
 * form). Types that cannot stand in a zone are refused.
 */
export function recordFromText(text: string, origin: Uint8Array | undefined): ParseResult<TypedRdata> {
  const lexer = new TextLexer(expandUtf8(text));
  if (!lexer.next()) return unparsable('is empty: write the type and its data, as in `CAA 0 issue "letsencrypt.org"`');
  if (lexer.problem !== undefined) return unparsable(lexer.problem.problem);
  const [first, ...fields] = [...lexer.fields];
  const name = first?.text ?? '';
  const type = recordTypeCode(name);
  if (type === undefined) return unparsable(`starts with "${name}", which is not a record type; write TYPEnnn for one without a name`);
  if (isMetaType(type)) return unparsable(`has the type ${name.toUpperCase()}, which cannot stand in a zone`);
  const rdata = rdataFromText(type, fields, origin);
  if (!rdata.ok) return rdata;
  if (lexer.next()) return unparsable('has more than one line: one record a text; wrap a long one in parentheses');
  return parsed({ type, rdata: rdata.value });
}
