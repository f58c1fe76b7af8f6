/** One document of a file, as bytes. */
export interface DocumentSpan {
  readonly start: number;
  readonly end: number;
  /** Line of the file, from 1, on which `start` lies. */
  readonly line: number;
}

const newline = 0x0a;
const dash = 0x2d;
const dot = 0x2e;

/**
 * Splits a YAML stream at its document markers (`---` and `...` at the start of a line, YAML 1.2.2 9.1.2) without parsing it, so that a
 * document that cannot be parsed does not touch the others. What follows `---` on its line belongs to the document. A marker ends
 * a document wherever it stands, also inside block scalars and quotes, as YAML has it. Byte order marks before a document are left out.
 */
export function splitDocuments(bytes: Uint8Array): DocumentSpan[] {
  const spans: DocumentSpan[] = [];
  let start = 0;
  let startLine = 1;
  let line = 1;
  let lineStart = 0;
  const close = (end: number): void => {
    const from = skipByteOrderMark(bytes, start);
    if (end > from) spans.push({ start: from, end, line: startLine });
  };
  while (lineStart < bytes.length) {
    const at = skipByteOrderMark(bytes, lineStart);
    const marker = markerAt(bytes, at);
    if (marker !== undefined) {
      close(lineStart);
      start = at + 3;
      startLine = line;
    }
    const end = bytes.indexOf(newline, lineStart);
    if (end < 0) break;
    if (marker === dot) start = end + 1;
    lineStart = end + 1;
    line += 1;
    if (marker === dot) startLine = line;
  }
  close(bytes.length);
  return spans;
}

function markerAt(bytes: Uint8Array, at: number): number | undefined {
  const first = bytes[at];
  if ((first !== dash && first !== dot) || bytes[at + 1] !== first || bytes[at + 2] !== first) return undefined;
  const after = bytes[at + 3];
  // End of input, line feed, carriage return, blank or tab: `---text` is no marker.
  return after === undefined || after === newline || after === 0x0d || after === 0x20 || after === 0x09 ? first : undefined;
}

function skipByteOrderMark(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? at + 3 : at;
}
