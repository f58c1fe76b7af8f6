import { type Prefix, prefixOf, tryParseAddress, tryParsePrefix } from '@seamark/common/model';

import type { Token } from '../../chain/setup.ts';
import { corefileError } from '../corefile-error.ts';

/** Reads a CIDR prefix; an address alone is the prefix of itself. Throws SM_COREFILE_INVALID. */
export function readPrefix(token: Token): Prefix {
  const alone = tryParseAddress(token.text);
  if (alone.ok) return prefixOf(alone.value, typeof alone.value === 'number' ? 32 : 128);
  const result = tryParsePrefix(token.text);
  if (!result.ok) throw corefileError(token.at, `${JSON.stringify(token.text)} is not a CIDR prefix: ${result.problem}`);
  return result.value;
}
