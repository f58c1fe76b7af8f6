import { type ParseResult, parsed, unparsable } from '@seamark/common/model';

import { stripLabels, tryParseSkydnsKey } from './skydns-key.ts';
import { classifySkydnsValue, type SkydnsRecords } from './skydns-record.ts';
import { type SkydnsValue, tryDecodeSkydnsValue } from './skydns-value.ts';

/** One key with its value, understood. */
export interface SkydnsEntry extends SkydnsRecords {
  readonly key: string;
  /** The name of the whole key, leaf included: where CoreDNS finds the record exactly, and the target name it makes up for it. */
  readonly keyName: string;
  /** The name without the `targetstrip` leftmost labels: the one that the record was written for. */
  readonly name: string;
  readonly value: SkydnsValue;
}

/** Reads one key and value; a failure concerns this key alone and says what is wrong with it. */
export function tryDecodeSkydnsEntry(prefix: string, key: string, value: Uint8Array): ParseResult<SkydnsEntry> {
  const keyName = tryParseSkydnsKey(prefix, key);
  if (!keyName.ok) return keyName;
  const decoded = tryDecodeSkydnsValue(value);
  if (!decoded.ok) return decoded;
  const name = stripLabels(keyName.value, decoded.value.targetstrip ?? 0);
  if (!name.ok) return unparsable(name.problem);
  return parsed({ key, keyName: keyName.value, name: name.value, value: decoded.value, ...classifySkydnsValue(decoded.value, name.value) });
}
