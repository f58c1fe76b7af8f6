import type { Directive, DirectiveLine, DirectiveSetup, SetupContext, Token } from '../../chain/setup.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readPrefix } from '../../corefile/arguments/read-prefix.ts';
import { readZones } from '../../corefile/arguments/read-zones.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { recordTypeCode } from '../../wire/record-type.ts';
import { ZoneList } from '../zone-list.ts';
import { createAclHandler } from './acl-handler.ts';
import { createAclCounters } from './acl-metrics.ts';
import { type AccessList, type AclAction, aclActions, type AclRule } from './acl-rule.ts';

/** The directive `acl [ZONES...]`: who may ask what. */
export const aclSetup: DirectiveSetup = {
  name: 'acl',
  setup(uses, context) {
    const lists = readEach(uses, context, (use) => readList(use, context));
    return { handler: createAclHandler(lists, createAclCounters(context.metrics, context.server)) };
  },
};

function readList(use: Directive, context: SetupContext): AccessList {
  const zones = context.collect(use.at, () => readZones(use.args, context), []);
  return { zones: new ZoneList(zones), rules: readOptions(use, context, (line) => readRule(use, line)) };
}

const usage = 'Write ACTION [type QTYPE...] [net SOURCE...].';

function readRule(use: Directive, line: DirectiveLine): AclRule {
  const action = line.name.text.toLowerCase();
  if (!isAction(action)) throw unknownOption(use, line.name, aclActions);
  const types: Token[] = [];
  const sources: Token[] = [];
  for (const { keyword, values } of sectionsOf(line)) (keyword === 'type' ? types : sources).push(...values);
  return {
    action,
    types: isEverything(types) ? undefined : new Set(types.map((token) => readType(token))),
    sources: isEverything(sources) ? undefined : sources.map((token) => readPrefix(token)),
  };
}

function isEverything(values: readonly Token[]): boolean {
  return values.length === 0 || values.some(({ text }) => text === '*');
}

interface Section {
  readonly keyword: 'type' | 'net';
  readonly values: Token[];
}

function sectionsOf(line: DirectiveLine): Section[] {
  const sections: (Section & { readonly token: Token })[] = [];
  for (const token of line.args) {
    const word = token.text.toLowerCase();
    const current = sections.at(-1);
    if (word === 'type' || word === 'net') sections.push({ keyword: word, values: [], token });
    else if (current === undefined) throw corefileError(token.at, `"${token.text}" stands where type or net must stand`, usage);
    else current.values.push(token);
  }
  const empty = sections.find(({ values }) => values.length === 0);
  if (empty !== undefined) throw corefileError(empty.token.at, `nothing stands behind "${empty.keyword}"`, usage);
  return sections;
}

function readType(token: Token): number {
  const code = recordTypeCode(token.text);
  if (code === undefined)
    throw corefileError(token.at, `"${token.text}" is not a record type`, 'Write names such as AAAA, TYPE65280, or *.');
  return code;
}

function isAction(word: string): word is AclAction {
  return (aclActions as readonly string[]).includes(word);
}
