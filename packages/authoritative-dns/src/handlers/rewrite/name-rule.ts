import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse } from '../../chain/response.ts';
import { changeOwners, changeTargets } from './change-names.ts';
import type { MatchKind, NameChange } from './name-match.ts';
import { nameOfText, nameText, ruleText } from './name-text.ts';
import type { RewriteRule, Rewritten } from './rewrite-rule.ts';

/** How the names in answers change. */
export interface AnswerChanges {
  /** Back to what was asked for, as far as that can be told. */
  readonly auto: boolean;
  readonly changes: readonly { readonly what: 'name' | 'value'; readonly change: NameChange }[];
}

/** A rule that asks for another name. */
export interface NameRuleOptions {
  readonly goesOn: boolean;
  readonly kind: MatchKind;
  readonly from: string;
  readonly to: string;
  readonly change: NameChange;
  readonly answer: AnswerChanges;
}

/** `rewrite name`. */
export function nameRule(options: NameRuleOptions): RewriteRule {
  const { change, goesOn } = options;
  return {
    goesOn,
    apply(request: DnsRequest): Rewritten | undefined | 'invalid' {
      const asked = nameText(request.name);
      const wanted = change(asked);
      if (wanted === undefined) return undefined;
      const name = nameOfText(wanted);
      if (name === undefined) return 'invalid';
      return { request: { ...request, name }, answer: (response) => changeAnswer(response, options, asked, wanted) };
    },
  };
}

function changeAnswer(response: DnsResponse, { kind, from, to, answer }: NameRuleOptions, asked: string, wanted: string): DnsResponse {
  let changed = response;
  if (answer.auto) {
    const back = kind === 'suffix' ? suffixBack(ruleText(from), ruleText(to)) : nameBack(asked, wanted);
    changed = changeTargets(changeOwners(changed, back), back);
  }
  for (const { what, change } of answer.changes) changed = what === 'name' ? changeOwners(changed, change) : changeTargets(changed, change);
  return changed;
}

/** The name that was asked for instead of the one that was wanted, for itself and for names below it. */
function nameBack(asked: string, wanted: string): NameChange {
  const below = `.${wanted}`;
  return (name) => {
    if (name === wanted) return asked;
    return wanted !== '.' && name.endsWith(below) ? name.slice(0, name.length - wanted.length) + asked : undefined;
  };
}

function suffixBack(from: string, to: string): NameChange {
  return (name) => (name.endsWith(to) ? name.slice(0, name.length - to.length) + from : undefined);
}
