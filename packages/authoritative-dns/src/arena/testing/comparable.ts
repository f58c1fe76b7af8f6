import { decodeMessage } from '../../wire/message-decoder.ts';

/**
 * An answer as text: the question as it was asked; records in lower case, because a name that is a pointer into the question looks as the
 * client wrote it; the option NSID left out, which is a handler's that this chain does not have.
 */
export function comparable(octets: Uint8Array): string {
  const { questions, answers, authorities, additionals, edns, ...header } = decodeMessage(octets);
  const options = edns?.options.filter(({ code }) => code !== 3);
  const records = JSON.stringify({ answers, authorities, additionals }, (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
  return JSON.stringify({ header, questions, edns: edns === undefined ? undefined : { ...edns, options } }) + records.toLowerCase();
}
