import type { Directive, DirectiveLine, DirectiveSetup, SetupContext, Token } from '../../chain/setup.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { createHeaderHandler, type ResponseFlag } from './header-handler.ts';

const responseFlags: Readonly<Record<string, ResponseFlag>> = { aa: 'authoritative', ra: 'recursionAvailable' };

/** The directive `header`: flags set or cleared in questions and answers. */
export const headerSetup: DirectiveSetup = {
  name: 'header',
  setup(uses, context) {
    const changes: { recursionDesired?: boolean; response: Partial<Record<ResponseFlag, boolean>> } = { response: {} };
    for (const rule of rulesOf(uses)) {
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

function rulesOf(uses: readonly Directive[]): Rule[] {
  for (const use of uses) {
    const [argument] = use.args;
    if (argument !== undefined) throw corefileError(argument.at, `header takes no argument, but has "${argument.text}"`, usage);
    // As in CoreDNS, the first use that changes something counts.
    const rules = use.block.flatMap((line) => rulesOfLine(line));
    if (rules.length > 0) return rules;
  }
  throw corefileError((uses[0] as Directive).at, 'header changes nothing', usage);
}

const usage = 'Write { response set|clear FLAGS... } or { query set|clear FLAGS... } with flags of aa, ra and rd.';

function rulesOfLine(line: DirectiveLine): Rule[] {
  const at = line.name.at;
  const first = line.name.text.toLowerCase();
  // The form before "query" and "response" came: set and clear alone mean answers.
  const short = first === 'set' || first === 'clear';
  if (!short && first !== 'query' && first !== 'response') throw corefileError(at, `header does not know "${line.name.text}"`, usage);
  const [action, ...flags] = short ? [line.name, ...line.args] : line.args;
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
