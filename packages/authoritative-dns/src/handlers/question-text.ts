import { dnsNameFromWire } from '@seamark/common/model';

import { classChaos, classIn } from '../wire/protocol-codes.ts';

/** A name in wire form as logs have it: with the final dot. */
export function absoluteNameText(name: Uint8Array): string {
  const text = dnsNameFromWire(name);
  return text === '.' ? text : `${text}.`;
}

/** `IN`, `CH`, or `CLASS254`. */
export function classText(code: number): string {
  return code === classIn ? 'IN' : code === classChaos ? 'CH' : `CLASS${code}`;
}
