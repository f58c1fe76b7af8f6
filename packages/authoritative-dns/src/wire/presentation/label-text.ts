/** 1: stands for itself. 2: behind a backslash, because it means something in a zone file: `"` `$` `(` `)` `.` `;` `@` `\`. */
const classes = new Uint8Array(256);
classes.fill(1, 0x21, 0x7f);
for (const octet of [0x22, 0x24, 0x28, 0x29, 0x2e, 0x3b, 0x40, 0x5c]) classes[octet] = 2;

/** `text` and the octets of a label in presentation form (RFC 4343 2.1). */
export function appendLabelText(text: string, octets: Uint8Array, start: number, end: number): string {
  let result = text;
  for (let at = start; at < end; at++) {
    const octet = octets[at] as number;
    const kind = classes[octet];
    if (kind === 1) result += String.fromCharCode(octet);
    else if (kind === 2) result += `\\${String.fromCharCode(octet)}`;
    else result += `\\${String(octet).padStart(3, '0')}`;
  }
  return result;
}
