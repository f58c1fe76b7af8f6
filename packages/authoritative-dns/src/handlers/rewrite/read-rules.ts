import type { Directive, SetupContext, Token } from '../../chain/setup.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { readInteger } from '../../corefile/arguments/read-integer.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { recordTypeCode } from '../../wire/record-type.ts';
import { responseCodeOf } from '../response-code.ts';
import { cnameRule } from './cname-rule.ts';
import { questionRule, responseCodeRule, ttlRule } from './field-rules.ts';
import { isMatchKind, type MatchKind, matchKinds, type NameChange, nameChange, nameTest } from './name-match.ts';
import { nameRule } from './name-rule.ts';
import { readAnswerChanges } from './read-answer.ts';
import { readEdnsRule } from './read-edns.ts';
import type { RewriteRule } from './rewrite-rule.ts';
import { type RuleContext, withPattern } from './rule-context.ts';

const fields = ['name', 'type', 'class', 'edns0', 'ttl', 'cname', 'rcode'] as const;
const classes: Readonly<Record<string, number>> = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 };
const mostTtlSeconds = 0x7fff_ffff;

/** Reads one use of `rewrite`; the lines of its braces are one rule. Throws SM_COREFILE_INVALID. */
export function readRule(directive: Directive, setup: SetupContext): RewriteRule {
  const { at } = directive;
  const words = [...directive.args, ...directive.block.flatMap(({ name, args }) => [name, ...args])];
  for (const line of directive.block) expectNoBlock(line);
  if (directive.block.length > 0 && directive.args.length > 1) {
    throw corefileError(at, 'a rule stands either on the line of rewrite or in its braces, not in both');
  }
  const mode = words[0]?.text.toLowerCase();
  const hasMode = mode === 'stop' || mode === 'continue';
  const [field, ...args] = hasMode ? words.slice(1) : words;
  if (field === undefined) throw corefileError(at, `rewrite needs a rule: write rewrite [continue|stop] ${fields.join('|')} …`);
  const context: RuleContext = { at, goesOn: mode === 'continue', setup };
  switch (field.text.toLowerCase()) {
    case 'name':
      return readNameRule(args, context);
    case 'type':
      return readQuestionRule('type', args, context);
    case 'class':
      return readQuestionRule('class', args, context);
    case 'edns0':
      return readEdnsRule(args, context);
    case 'ttl':
      return readTtlRule(args, context);
    case 'rcode':
      return readResponseCodeRule(args, context);
    case 'cname':
      return readCnameRule(args, context);
    case 'answer':
      throw corefileError(field.at, 'answer belongs behind a rule for names: write rewrite name … answer …');
    default:
      throw corefileError(field.at, `${JSON.stringify(field.text)} is not what a rule can change: ${fields.join(', ')} are`);
  }
}

function readNameRule(args: readonly Token[], { at, goesOn }: RuleContext): RewriteRule {
  const [first, second, third, ...rest] = args;
  if (first === undefined || second === undefined) throw corefileError(at, 'rewrite name needs FROM and TO');
  if (third === undefined) {
    const change = nameChange('exact', first.text, second.text);
    return nameRule({ goesOn, kind: 'exact', from: first.text, to: second.text, change, answer: { auto: true, changes: [] } });
  }
  const kind = readKind(first);
  const change = withPattern(second, () => nameChange(kind, second.text, third.text));
  const answer = readAnswerChanges(rest, at, kind);
  return nameRule({ goesOn, kind, from: second.text, to: third.text, change, answer });
}

function readQuestionRule(field: 'type' | 'class', args: readonly Token[], { at, goesOn }: RuleContext): RewriteRule {
  const [from, to] = args;
  if (from === undefined || to === undefined || args.length !== 2) throw corefileError(at, `rewrite ${field} needs exactly FROM and TO`);
  const read = (token: Token): number => {
    const code = field === 'type' ? recordTypeCode(token.text) : classes[token.text.toUpperCase()];
    if (code === undefined) throw corefileError(token.at, `${JSON.stringify(token.text)} is not a DNS ${field}`);
    return code;
  };
  return questionRule(field, read(from), read(to), goesOn);
}

function readTtlRule(args: readonly Token[], { at, goesOn }: RuleContext): RewriteRule {
  const usage = `rewrite ttl needs [${matchKinds.join('|')}] NAME SECONDS`;
  const { isFor, rest } = readNameTest(args, 1, at, usage);
  const token = rest[0] as Token;
  const match = /^(?:([0-9]+)|([0-9]*)-([0-9]*))$/.exec(token.text);
  if (match === null || token.text === '-')
    throw corefileError(token.at, `${JSON.stringify(token.text)} is not a TTL in seconds, nor a range such as 30-300`);
  const read = (text: string, missing: number): number =>
    text === '' ? missing : readInteger({ text, at: token.at }, { what: 'a TTL in seconds', least: 0, most: 0xffff_ffff });
  const least = read(match[1] ?? match[2] ?? '', 0);
  const most = read(match[1] ?? match[3] ?? '', mostTtlSeconds);
  if (least > most) throw corefileError(token.at, `${JSON.stringify(token.text)} ends below its start`);
  return ttlRule(isFor, least, most, goesOn);
}

function readResponseCodeRule(args: readonly Token[], { at, goesOn }: RuleContext): RewriteRule {
  const { isFor, rest } = readNameTest(args, 2, at, `rewrite rcode needs [${matchKinds.join('|')}] NAME FROM TO`);
  const [from, to] = rest.map((token) => {
    const code = responseCodeOf(token.text);
    if (code === undefined) throw corefileError(token.at, `${JSON.stringify(token.text)} is not a response code such as NXDOMAIN`);
    return code;
  }) as [number, number];
  return responseCodeRule(isFor, from, to, goesOn);
}

function readCnameRule(args: readonly Token[], { at, goesOn, setup }: RuleContext): RewriteRule {
  if (args.length !== 2 && args.length !== 3) throw corefileError(at, `rewrite cname needs [${matchKinds.join('|')}] FROM TO`);
  const kind = args.length === 3 ? readKind(args[0] as Token) : 'exact';
  const [from, to] = args.slice(-2) as [Token, Token];
  const change: NameChange = withPattern(from, () => nameChange(kind, from.text, to.text));
  return cnameRule(change, setup.askServer, goesOn);
}

/** `[KIND] NAME` and as many words behind it as there must be. */
function readNameTest(
  args: readonly Token[],
  behind: number,
  at: Directive['at'],
  usage: string,
): { readonly isFor: (name: string) => boolean; readonly rest: readonly Token[] } {
  if (args.length !== behind + 1 && args.length !== behind + 2) throw corefileError(at, usage);
  const kind = args.length === behind + 2 ? readKind(args[0] as Token) : 'exact';
  const name = args[args.length - behind - 1] as Token;
  return { isFor: withPattern(name, () => nameTest(kind, name.text)), rest: args.slice(-behind) };
}

function readKind(token: Token): MatchKind {
  const kind = token.text.toLowerCase();
  if (!isMatchKind(kind))
    throw corefileError(token.at, `${JSON.stringify(token.text)} is not a way to match: ${matchKinds.join(', ')} are`);
  return kind;
}
