import type { Token } from '../../chain/setup.ts';
import { readInteger } from '../../corefile/arguments/read-integer.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { subnetData, type Variable, variableData, variables } from './edns-data.ts';
import { type EdnsAction, ednsActions, ednsRule, type EdnsRuleOptions } from './edns-rule.ts';
import type { RewriteRule } from './rewrite-rule.ts';
import type { RuleContext } from './rule-context.ts';

const nsidCode = 3;
const subnetCode = 8;
const nothing = new Uint8Array();

type Data = EdnsRuleOptions['data'];

/** `edns0 local|nsid|subnet ACTION … [revert]`. */
export function readEdnsRule(words: readonly Token[], context: RuleContext): RewriteRule {
  const { at, goesOn } = context;
  const [kind, actionToken] = words;
  if (kind === undefined || actionToken === undefined)
    throw corefileError(at, 'rewrite edns0 needs local, nsid or subnet and what to do with it');
  const action = actionToken.text.toLowerCase() as EdnsAction;
  if (!ednsActions.includes(action)) {
    throw corefileError(actionToken.at, `${JSON.stringify(actionToken.text)} is not done to options: ${ednsActions.join(', ')} are`);
  }
  const revert = words.length > 2 && words.at(-1)?.text.toLowerCase() === 'revert' && action !== 'unset';
  const args = words.slice(2, revert ? -1 : undefined);
  const expect = (count: number, usage: string): void => {
    const needed = action === 'unset' ? Math.min(count, kind.text.toLowerCase() === 'local' ? 1 : 0) : count;
    if (args.length !== needed)
      throw corefileError(at, `rewrite edns0 ${kind.text} ${action} needs ${needed === 0 ? 'nothing more' : usage}`);
  };
  switch (kind.text.toLowerCase()) {
    case 'local': {
      expect(2, action === 'unset' ? 'CODE' : 'CODE DATA');
      const [code, data] = args as [Token, Token | undefined];
      return ednsRule({
        goesOn,
        action,
        code: readNumber(code, 0xffff),
        data: data === undefined ? () => nothing : readData(data, context),
        revert,
      });
    }
    case 'nsid':
      expect(0, '');
      return ednsRule({ goesOn, action, code: nsidCode, data: () => nothing, revert });
    case 'subnet': {
      expect(2, 'IPV4-BITS IPV6-BITS');
      const [ipv4, ipv6] = args;
      const ipv4Bits = ipv4 === undefined ? 0 : readNumber(ipv4, 32);
      const ipv6Bits = ipv6 === undefined ? 0 : readNumber(ipv6, 128);
      return ednsRule({ goesOn, action, code: subnetCode, data: (request) => subnetData(request, ipv4Bits, ipv6Bits), revert });
    }
    default:
      throw corefileError(kind.at, `${JSON.stringify(kind.text)} is not a kind of option: local, nsid and subnet are`);
  }
}

/** Decimal, or hexadecimal behind 0x. */
function readNumber(token: Token, most: number): number {
  const decimal = /^0x[0-9a-f]{1,8}$/i.test(token.text) ? String(Number(token.text)) : token.text;
  return readInteger({ text: decimal, at: token.at }, { what: `a number such as 24 or 0x18`, least: 0, most });
}

function readData(token: Token, { setup }: RuleContext): Data {
  const { text } = token;
  if (text.startsWith('{') && text.endsWith('}')) {
    const name = text.slice(1, -1);
    if ((variables as readonly string[]).includes(name)) return (request) => variableData(name as Variable, request);
    if (!/^[^/{}]+\/[^{}]+$/.test(name)) {
      throw corefileError(
        token.at,
        `${JSON.stringify(text)} is not a variable: ${variables.map((variable) => `{${variable}}`).join(', ')} are`,
      );
    }
    setup.warn(`${text} would come from the directive metadata, which is not there: this rule changes nothing`, token.at);
    return () => undefined;
  }
  if (!text.startsWith('0x')) return () => new Uint8Array(Buffer.from(text));
  const hex = text.slice(2);
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex))
    throw corefileError(token.at, `${JSON.stringify(text)} is not hexadecimal: it needs pairs of 0-9 and a-f behind 0x`);
  const data = new Uint8Array(Buffer.from(hex, 'hex'));
  return () => data;
}
