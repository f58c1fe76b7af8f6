import { tryNormalizeDnsName, tryParsePrefix } from '@seamark/common/model';

import type { SetupContext, Token } from '../../chain/setup.ts';
import { corefileError } from '../corefile-error.ts';
import { reverseZonesOf } from './reverse-zones.ts';

/**
 * Reads the zones that a directive lists, lower-case with the final dot; a CIDR prefix stands for its reverse zones. Without any,
 * those of the server block. A scheme or port is cut, as CoreDNS does. Throws SM_COREFILE_INVALID.
 */
export function readZones(tokens: readonly Token[], context: Pick<SetupContext, 'zones'>): readonly string[] {
  return tokens.length === 0 ? context.zones : tokens.flatMap((token) => readZone(token));
}

/** Reads one zone, or the reverse zones of one CIDR prefix; see {@link readZones}. */
export function readZone(token: Token): string[] {
  const text = token.text.replace(/^[a-z0-9]+:\/\//i, '').replace(/(?<=[^:]):[0-9]+$/, '');
  const prefix = text.includes('/') ? tryParsePrefix(text) : undefined;
  if (prefix?.ok === true) return reverseZonesOf(prefix.value);
  const name = tryNormalizeDnsName(text);
  if (!name.ok) throw corefileError(token.at, `${JSON.stringify(token.text)} is not a zone: ${name.problem}`);
  return [name.value === '.' ? '.' : `${name.value}.`];
}
