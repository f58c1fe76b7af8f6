import { messageOf } from '@seamark/common/errors';
import { type ParseResult, parsed, unparsable } from '@seamark/common/model';

/** The JSON object at a key. Absent and zero (`""`, 0, false) mean the same, so zero fields are always left out. */
export interface SkydnsValue {
  /** An IP address, or the name that this one is an alias of. */
  readonly host?: string;
  /** SRV port; -1 leaves the record out of SRV answers. Not limited to 65535 here. */
  readonly port?: number;
  /** SRV priority and MX preference; CoreDNS takes 0 for 10. Not limited to 65535 here. */
  readonly priority?: number;
  /** SRV weight, relative to the others of its priority; CoreDNS takes 0 for 100. */
  readonly weight?: number;
  /** TXT content as it is, quotation marks included. */
  readonly text?: string;
  /** May answer MX. */
  readonly mail?: boolean;
  /** Seconds, 1..2^32-1; absent = the server's default (CoreDNS: 300). */
  readonly ttl?: number;
  /** How many labels of the key, from the leaf, are not part of the name. */
  readonly targetstrip?: number;
  readonly group?: string;
  /** Who wrote the value (ExternalDNS with --coredns-strictly-owned, and Seamark). CoreDNS ignores it. */
  readonly owner?: string;
  /**
   * What the field `records` holds, whatever it is: text forms of further records of the name (`["CAA 0 issue \"ca.example\""]`), read by
   * authoritative-dns. CoreDNS and ExternalDNS ignore it.
   */
  readonly records?: unknown;
  /** The object that asked for it, `service/web/web`. Seamark's own; CoreDNS and ExternalDNS ignore it. */
  readonly resource?: string;
}

type FieldType = 'string' | 'boolean' | 'anything' | { readonly least: number; readonly most: number };

const anyInteger = { least: 0, most: Number.MAX_SAFE_INTEGER };

/** In the order in which ExternalDNS writes them. */
const fields: readonly (readonly [keyof SkydnsValue, FieldType])[] = [
  ['host', 'string'],
  ['port', { least: -1, most: Number.MAX_SAFE_INTEGER }],
  ['priority', anyInteger],
  ['weight', anyInteger],
  ['text', 'string'],
  ['mail', 'boolean'],
  ['ttl', { least: 0, most: 0xffff_ffff }],
  ['targetstrip', anyInteger],
  ['group', 'string'],
  ['owner', 'string'],
  ['resource', 'string'],
  ['records', 'anything'],
];

const fieldTypes = new Map<string, FieldType>(fields);

/** A number behind a colon that is negative or not written as an integer; may also match inside a string. */
const unusualNumber = /:\s*-?[0-9]*[-.eE]/;

/**
 * Reads a value by the rules of Go's JSON decoder, as CoreDNS and ExternalDNS do: field names match in any case, unknown fields are
 * ignored, `null` leaves a field unset. Fails for what is not a JSON object, for a field of the wrong type, and for numbers that
 * are fractional, written with an exponent, negative (but port -1), or too large (ttl above 2^32-1).
 */
export function tryDecodeSkydnsValue(bytes: Uint8Array): ParseResult<SkydnsValue> {
  // Buffer's decoder keeps a byte order mark, which Go refuses too; TextDecoder takes twice the time for values of this size.
  const text = (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)).toString();
  let json: unknown;
  try {
    json = unusualNumber.test(text) ? parseKeepingNumberText(text) : JSON.parse(text);
  } catch (error) {
    return unparsable(`the value is not JSON: ${messageOf(error)}`);
  }
  if (json === null) return parsed({});
  if (typeof json !== 'object' || Array.isArray(json)) return unparsable('the value is not a JSON object');

  const value: Record<string, unknown> = {};
  for (const name of Object.keys(json)) {
    const content = (json as Record<string, unknown>)[name];
    let field = name;
    let type = fieldTypes.get(name);
    if (type === undefined) type = fieldTypes.get((field = name.toLowerCase()));
    if (type === undefined || content === null) continue;
    const problem = problemOf(content, type);
    if (problem !== undefined) return unparsable(`field ${field} is ${problem}`);
    if (content === '' || content === 0 || content === false) delete value[field];
    else value[field] = content;
  }
  return parsed(value);
}

/** Writes a value byte for byte as ExternalDNS would (Go's json.Marshal): its field order, zero fields left out. */
export function encodeSkydnsValue(value: SkydnsValue): Uint8Array<ArrayBuffer> {
  const ordered: Record<string, unknown> = {};
  for (const [field] of fields) {
    const content = value[field];
    if (content !== undefined && content !== '' && content !== 0 && content !== false) {
      ordered[field] = typeof content === 'string' ? content.toWellFormed() : content;
    }
  }
  // json.Marshal escapes what could end a <script>; equal bytes mean that an unchanged record needs no write.
  const text = JSON.stringify(ordered).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return new TextEncoder().encode(text);
}

/** A number whose text is not that of a plain integer; no field takes it. */
class UnusualNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** JSON.parse in which `1.0`, `1e3` and `-0` stay distinct from integers, as Go tells them apart. */
function parseKeepingNumberText(text: string): unknown {
  const keep = (_key: string, value: unknown, context: { readonly source: string }): unknown =>
    typeof value === 'number' && !/^-?[1-9][0-9]*$|^0$/.test(context.source) ? new UnusualNumber(context.source) : value;
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
}

function problemOf(content: unknown, type: FieldType): string | undefined {
  if (type === 'anything') return undefined;
  if (typeof type === 'string') return typeof content === type ? undefined : `${kindOf(content)}, not a ${type}`;
  if (content instanceof UnusualNumber) return `${content.text}, not a whole number`;
  if (typeof content !== 'number') return `${kindOf(content)}, not a number`;
  if (content < type.least) return `${content}, below ${type.least}`;
  if (content > type.most) return `${content}, above ${type.most}`;
  return undefined;
}

function kindOf(content: unknown): string {
  if (Array.isArray(content)) return 'an array';
  if (content instanceof UnusualNumber) return 'a number';
  return typeof content === 'object' ? 'an object' : `a ${typeof content}`;
}
