import { dnsNameFromWire, tryDnsNameToWire } from '@seamark/common/model';

import { lowerCaseOctet } from '../../wire/message-writer.ts';

/** A name in wire form as rules see it: lower-case presentation form with the final dot. */
export function nameText(name: Uint8Array): string {
  const text = dnsNameFromWire(name.map(lowerCaseOctet));
  return text === '.' ? text : `${text}.`;
}

/** The wire form of what a rule made of a name, lower-case; `undefined` when that is not a name. */
export function nameOfText(text: string): Uint8Array | undefined {
  const wire = tryDnsNameToWire(text);
  return wire.ok ? wire.value.map(lowerCaseOctet) : undefined;
}

/** Text of a rule as it is compared with names: lower case, with the final dot. */
export function ruleText(text: string): string {
  return text.endsWith('.') ? text.toLowerCase() : `${text.toLowerCase()}.`;
}
