export type { Denial, DenialRecord } from './denial.ts';
export { negativeSoa, rrsetOf } from './rrset.ts';
export type { Rrset } from './rrset.ts';
export { nodeMarks, nodeName, ZoneNode } from './zone-node.ts';
export { ZoneTree } from './zone-tree.ts';
export type { Found, Touched, ZoneFeeder, ZoneTreeOptions } from './zone-tree.ts';
export type { Zone } from './zone.ts';
