import { type Address, tryParseAddress } from '@seamark/common/model';

import type { Token } from '../../chain/setup.ts';
import { corefileError } from '../corefile-error.ts';

/** Reads an IP address. Throws SM_COREFILE_INVALID. */
export function readAddress(token: Token): Address {
  const result = tryParseAddress(token.text);
  if (!result.ok) throw corefileError(token.at, `${JSON.stringify(token.text)} is not an IP address: ${result.problem}`);
  return result.value;
}
