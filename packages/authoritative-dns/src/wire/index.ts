export { maxMessageOctets, minUdpPayloadOctets, ownUdpPayloadOctets } from './limits.ts';
export { MalformedDnsError, malformedCauses } from './malformed.ts';
export type { MalformedCause } from './malformed.ts';
export { createQuery } from './message.ts';
export type { DnsMessage, Edns, EdnsOption, Question } from './message.ts';
export { decodeMessage } from './message-decoder.ts';
export { encodeMessage, encodeMessageInto } from './message-encoder.ts';
export type { EncodeOptions } from './message-encoder.ts';
export { classIn, ednsOptionCodes, extendedErrors, responseCodeName, responseCodes } from './protocol-codes.ts';
export { splitIntoStrings } from './rdata-encoder.ts';
export { formatRecord, formatRecordData } from './record-text.ts';
export { isMetaType, recordClassCode, recordClassName, recordTypeCode, recordTypeName, recordTypes } from './record-type.ts';
export type { RecordTypeName } from './record-type.ts';
export type { RecordData, ResourceRecord } from './resource-record.ts';
export {
  checkRdata,
  genericRdataText,
  nameFromText,
  nameToText,
  parseTtl,
  rdataFromText,
  rdataToText,
  recordFromText,
} from './presentation/index.ts';
export type { RdataProblem, TextField, TypedRdata } from './presentation/index.ts';
