import type { DnsRequest } from '../../chain/request.ts';

/**
 * What an answer depends on, as a key of maps: name, type, class, and the flags that change what an upstream answers. RD and AD are among
 * them: a referral to somebody who did not want recursion is no answer for somebody who does.
 */
export function answerKey({
  name,
  type,
  class: questionClass,
  edns,
  checkingDisabled,
  recursionDesired,
  authenticData,
}: DnsRequest): string {
  const flags = (edns?.dnssecOk === true ? 1 : 0) | (checkingDisabled ? 2 : 0) | (recursionDesired ? 4 : 0) | (authenticData ? 8 : 0);
  const text = Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1');
  return `${text}${String.fromCharCode(type, questionClass, flags)}`;
}
