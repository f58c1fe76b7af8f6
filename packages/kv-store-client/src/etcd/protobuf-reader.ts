/** Wire types of a protobuf field, https://protobuf.dev/programming-guides/encoding/. */
const wireTypes = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/**
 * Reads the fields of one protobuf message, in order and without making anything of those that are not asked for. Call {@link next}
 * until it gives 0; after each other number call exactly one of the readers of a value, or {@link skip}. All throw a RangeError for
 * octets that are no such message.
 *
 * It exists because the general decoder makes text of each 64-bit number and an object with all defaults of each message, which is most
 * of the cost of a change that a watch delivers, and of reading a million keys.
 */
export class ProtobufReader {
  private readonly octets: Buffer;
  private readonly from: number;
  private at: number;
  private readonly end: number;
  private wireType = 0;

  constructor(octets: Buffer, from = 0, end: number = octets.length) {
    this.octets = octets;
    this.from = from;
    this.at = from;
    this.end = end;
  }

  /** The number of the next field; 0 at the end. */
  next(): number {
    if (this.at === this.end) return 0;
    const tag = this.varint();
    this.wireType = tag & 7;
    const field = Math.floor(tag / 8);
    if (field === 0) throw new RangeError(`field number 0 at octet ${this.at}`);
    return field;
  }

  /** Begins again with the first field. */
  rewind(): void {
    this.at = this.from;
  }

  /** The value as an integer; exact up to 2^53, negative ones (int64) and larger ones are not. */
  number(): number {
    this.expect(wireTypes.varint);
    return this.varint();
  }

  /** The value as a boolean. */
  boolean(): boolean {
    return this.number() !== 0;
  }

  /** The value as the decimal text of a signed or unsigned 64-bit integer, whatever its size. */
  int64Text(isSigned: boolean): string {
    this.expect(wireTypes.varint);
    const from = this.at;
    const exact = this.varint();
    if (Number.isSafeInteger(exact)) return String(exact);
    let value = 0n;
    for (let at = from, shift = 0n; at < this.at; at++, shift += 7n) value |= BigInt((this.octets[at] as number) & 0x7f) << shift;
    return String(isSigned ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value));
  }

  /** The octets of the value: a view. */
  bytes(): Buffer {
    const end = this.delimited();
    const view = this.octets.subarray(this.at, end);
    this.at = end;
    return view;
  }

  /** The value as text; what is no UTF-8 becomes U+FFFD. */
  text(): string {
    const end = this.delimited();
    const text = this.octets.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  /** A reader of the message that is the value. */
  message(): ProtobufReader {
    const end = this.delimited();
    const reader = new ProtobufReader(this.octets, this.at, end);
    this.at = end;
    return reader;
  }

  /** Passes over the value. */
  skip(): void {
    switch (this.wireType) {
      case wireTypes.varint:
        this.varint();
        return;
      case wireTypes.fixed64:
        this.pass(8);
        return;
      case wireTypes.lengthDelimited:
        this.at = this.delimited();
        return;
      case wireTypes.fixed32:
        this.pass(4);
        return;
      default:
        throw new RangeError(`wire type ${this.wireType} at octet ${this.at}`);
    }
  }

  private delimited(): number {
    this.expect(wireTypes.lengthDelimited);
    const length = this.varint();
    if (length > this.end - this.at) throw new RangeError(`a value of ${length} octets where ${this.end - this.at} are left`);
    return this.at + length;
  }

  private pass(octets: number): void {
    if (octets > this.end - this.at) throw new RangeError(`the message ends within a value`);
    this.at += octets;
  }

  private expect(wireType: number): void {
    if (this.wireType !== wireType) throw new RangeError(`wire type ${this.wireType} where ${wireType} was expected`);
  }

  private varint(): number {
    const { octets, end } = this;
    let value = 0;
    let scale = 1;
    for (let digits = 0; digits < 10; digits++) {
      if (this.at >= end) break;
      const octet = octets[this.at++] as number;
      value += (octet & 0x7f) * scale;
      if (octet < 0x80) return value;
      scale *= 128;
    }
    throw new RangeError(`a number without an end at octet ${this.at}`);
  }
}
