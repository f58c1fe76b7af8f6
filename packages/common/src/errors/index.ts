export { errorCatalogue } from './catalogue.ts';
export type { ErrorCode, ErrorEntry } from './catalogue.ts';
export { SeamarkError, isSeamarkError, messageOf } from './seamark-error.ts';
export type { SeamarkErrorOptions } from './seamark-error.ts';
