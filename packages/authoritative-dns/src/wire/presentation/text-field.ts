/**
 * One word of a record's text. `text` holds one character per octet (UTF-8 is expanded before), escapes as they were written, and
 * no quotes around it; a quote inside (`alpn="h2,h3"`) stays.
 */
export interface TextField {
  readonly text: string;
  readonly quoted: boolean;
}

const noField: TextField = { text: '', quoted: false };

/** Hands out the words of one record in order. */
export class FieldReader {
  /** What relative names end in, in wire form. */
  origin: Uint8Array | undefined;
  /** Index of the next word: the one before it is what a problem is about. */
  next: number;
  private readonly fields: readonly TextField[];

  constructor(fields: readonly TextField[], origin: Uint8Array | undefined, next = 0) {
    this.fields = fields;
    this.origin = origin;
    this.next = next;
  }

  /** Words that are left. */
  get left(): number {
    return this.fields.length - this.next;
  }

  /** The next word; an empty unquoted one, which no kind of field takes, when there is none. */
  take(): TextField {
    return this.fields[this.next++] ?? noField;
  }

  /** The next word, which stays. */
  peek(): TextField | undefined {
    return this.fields[this.next];
  }

  /** All words that are left, joined: base64 and hex may be broken by blanks. */
  takeRest(): string {
    let text = '';
    while (this.next < this.fields.length) text += (this.fields[this.next++] as TextField).text;
    return text;
  }
}
