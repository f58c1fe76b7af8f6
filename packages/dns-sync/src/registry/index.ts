export { createOwnershipNames } from './ownership-name.ts';
export type { OwnedName, OwnershipNameOptions, OwnershipNames } from './ownership-name.ts';
export { formatOwnershipText, tryParseOwnershipText } from './ownership-text.ts';
export type { OwnershipLabels, OwnershipTextOptions } from './ownership-text.ts';
export { createTxtOwnership, noOwnership, ownableTypes } from './ownership.ts';
export type { Ownership, OwnershipRecord, TxtOwnershipOptions } from './ownership.ts';
