/** Parts of a message that a test writes octet by octet. Counts are those of what is given, unless they are given, too. */
export interface RawMessage {
  readonly id?: number;
  /** Second word of the header. Default 0: a query, no bits. */
  readonly flags?: number;
  readonly questions?: readonly Buffer[];
  readonly answers?: readonly Buffer[];
  readonly authorities?: readonly Buffer[];
  readonly additionals?: readonly Buffer[];
  /** QDCOUNT, where it shall be another than the number of questions. */
  readonly questionCount?: number;
}

/** Octets of a message. */
export function rawMessage(parts: RawMessage): Buffer {
  const { id = 7, flags = 0, questions = [], answers = [], authorities = [], additionals = [] } = parts;
  const header = Buffer.alloc(12);
  const counts = [parts.questionCount ?? questions.length, answers.length, authorities.length, additionals.length];
  for (const [index, value] of [id, flags, ...counts].entries()) header.writeUInt16BE(value, 2 * index);
  return Buffer.concat([header, ...questions, ...answers, ...authorities, ...additionals]);
}

/** A name without escapes, in the letters given. */
export function rawName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])), Buffer.from([0])]);
}

const word = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

/** A question; class IN unless given. */
export function rawQuestion(name: string | Buffer, type: number, questionClass = 1): Buffer {
  return Buffer.concat([typeof name === 'string' ? rawName(name) : name, word(type), word(questionClass)]);
}

/** An EDNS option. */
export function rawOption(code: number, data: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([word(code), word(data.length), data]);
}

/** An OPT record. */
export function rawOpt(
  parts: {
    readonly owner?: string;
    readonly size?: number;
    readonly version?: number;
    readonly flags?: number;
    readonly options?: readonly Buffer[];
  } = {},
): Buffer {
  const { owner = '', size = 1232, version = 0, flags = 0, options = [] } = parts;
  const data = Buffer.concat(options);
  return Buffer.concat([rawName(owner), word(41), word(size), Buffer.from([0, version]), word(flags), word(data.length), data]);
}
