import { type Prefix, prefixContains } from '@seamark/common/model';
import type { Address } from '@seamark/common/model';

import type { ZoneList } from '../zone-list.ts';

/** What becomes of a question that a rule matches. */
export const aclActions = ['allow', 'block', 'filter', 'drop'] as const;
export type AclAction = (typeof aclActions)[number];

/** A line of `acl`: it matches a question whose type and asker are both among its own. */
export interface AclRule {
  readonly action: AclAction;
  /** `undefined` for all types. */
  readonly types: ReadonlySet<number> | undefined;
  /** `undefined` for all askers. */
  readonly sources: readonly Prefix[] | undefined;
}

/** One use of `acl`: the first rule that matches decides for names in the zones. */
export interface AccessList {
  readonly zones: ZoneList;
  readonly rules: readonly AclRule[];
}

/** The first rule that matches. */
export function firstMatch(rules: readonly AclRule[], type: number, source: Address): AclRule | undefined {
  return rules.find((rule) => (rule.types?.has(type) ?? true) && (rule.sources?.some((prefix) => prefixContains(prefix, source)) ?? true));
}
