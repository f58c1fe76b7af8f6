import { decode } from 'dns-packet';

/**
 * What is wrong with an answer, or `undefined`: it has to be a response of no more octets than allowed, whose records end exactly
 * where it ends.
 */
export function wrongReply(reply: Buffer, limitOctets: number): string | undefined {
  if (reply.length < 12) return 'shorter than a header';
  if (reply.length > limitOctets) return `${reply.length} octets, ${limitOctets} are allowed`;
  if ((reply.readUInt8(2) & 0x80) === 0) return 'no response';
  try {
    const end = endOfMessage(reply);
    if (end !== reply.length) return `the records end at ${end}, the message at ${reply.length}`;
    // A second opinion, of a decoder that is not ours.
    decode(reply);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return undefined;
}

function endOfMessage(message: Buffer): number {
  let at = 12;
  for (let questions = message.readUInt16BE(4); questions > 0; questions--) at = endOfName(message, at) + 4;
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  for (let index = 0; index < records; index++) {
    at = endOfName(message, at);
    at += 10 + message.readUInt16BE(at + 8);
  }
  return at;
}

function endOfName(message: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) {
      if ((message.readUInt16BE(at) & 0x3fff) >= start) throw new Error(`a pointer at ${at} leads forward`);
      return at + 2;
    }
    if (length > 63) throw new Error(`a label of type ${length >> 6} at ${at}`);
    at += 1 + length;
  }
}
