export { checkRdata } from './rdata-check.ts';
export type { RdataProblem } from './rdata-check.ts';
export { nameFromText, nameToText } from './name-text.ts';
export { genericRdataText, rdataFromText, rdataToText } from './rdata-text.ts';
export { recordFromText } from './record-from-text.ts';
export type { TypedRdata } from './record-from-text.ts';
export type { TextField } from './text-field.ts';
export { parseTtl } from './ttl-text.ts';
