import type { DirectiveLine, DirectiveSetup, SetupContext, Token, Uses } from '../../chain/setup.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { createHeaderHandler, type ResponseFlag } from './header-handler.ts';

const responseFlags: Readonly<Record<string, ResponseFlag>> = { aa: 'authoritative', ra: 'recursionAvailable' };

/** The directive `header`: flags set or cleared in questions and answers. */
export const headerSetup: DirectiveSetup = {
  name: 'header',
  setup(uses, context) {
    const changes: { recursionDesired?: boolean; response: Partial<Record<ResponseFlag, boolean>> } = { response: {} };
    for (const rule of rulesOf(uses, context)) {
      const flag = responseFlags[rule.flag];
      if (rule.side === 'query' && rule.flag === 'rd') changes.recursionDesired = rule.value;
      else if (rule.side === 'response' && flag !== undefined) changes.response[flag] = rule.value;
      else warnOfNoEffect(rule, context);
    }
    return { handler: createHeaderHandler(changes) };
  },
};

interface Rule {
  readonly side: 'query' | 'response';
  readonly flag: string;
  readonly value: boolean;
  readonly token: Token;
}

function rulesOf(uses: Uses, context: SetupContext): Rule[] {
  const rules = readEach(uses, context, (use) => {
    const [argument] = use.args;
    if (argument !== undefined) context.collect(argument.at, () => refuseArgument(argument), undefined);
    if (use.block.length === 0) throw corefileError(use.at, 'header changes nothing', usage);
    return readOptions(use, context, rulesOfLine).flat();
  });
  // As in CoreDNS, the first use counts.
  return rules[0] ?? [];
}

function refuseArgument({ text, at }: Token): never {
  throw corefileError(at, `header takes no argument, but has "${text}"`, usage);
}

const usage = 'Write { response set|clear FLAGS... } or { query set|clear FLAGS... } with flags of aa, ra and rd.';

function rulesOfLine(line: DirectiveLine): Rule[] {
  const at = line.name.at;
  const first = line.name.text.toLowerCase();
  if (first !== 'query' && first !== 'response') throw corefileError(at, `header does not know "${line.name.text}"`, usage);
  const [action, ...flags] = line.args;
  if (action === undefined || flags.length === 0) throw corefileError(at, `header ${first} names no flag`, usage);
  const value = action.text.toLowerCase();
  if (value !== 'set' && value !== 'clear') throw corefileError(action.at, `header cannot "${action.text}" a flag`, usage);
  return flags.map((token) => {
    const flag = token.text.toLowerCase();
    if (!['aa', 'ra', 'rd'].includes(flag)) throw corefileError(token.at, `header does not know the flag "${token.text}"`, usage);
    return { side: first === 'query' ? 'query' : 'response', flag, value: value === 'set', token };
  });
}

function warnOfNoEffect({ side, flag, token }: Rule, context: SetupContext): void {
  const why = side === 'query' ? `a query has no ${flag.toUpperCase()} flag` : "an answer repeats the query's RD flag (RFC 1035 4.1.1)";
  context.warn(`header ${side} ${flag} has no effect: ${why}`, token.at);
}
