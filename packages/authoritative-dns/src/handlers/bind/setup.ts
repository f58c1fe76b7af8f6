import { formatAddress, tryParseZonedAddress } from '@seamark/common/model';

import type { DirectiveSetup, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { interfaceAddresses } from './interface-addresses.ts';

/** The directive `bind ADDRESS|INTERFACE...`: the addresses on which a block listens. */
export const bindSetup: DirectiveSetup = {
  name: 'bind',
  setup(uses) {
    const bind: string[] = [];
    for (const use of uses) {
      expectArguments(use, 1, undefined, 'bind ADDRESS|INTERFACE...');
      const except = new Set<string>();
      for (const line of use.block) {
        if (line.name.text !== 'except') throw unknownOption(use, line.name, ['except']);
        expectArguments(line, 1);
        for (const host of line.args.flatMap(hostsOf)) except.add(host);
      }
      const hosts = use.args.flatMap(hostsOf).filter((host) => !except.has(host) && !bind.includes(host));
      bind.push(...new Set(hosts));
    }
    const [first] = uses;
    if (bind.length === 0 && first !== undefined) throw corefileError(first.at, 'bind has no address left to listen on');
    return { listen: { bind } };
  },
};

function hostsOf(token: Token): string[] {
  const ofInterface = interfaceAddresses(token.text);
  if (ofInterface !== undefined) return ofInterface;
  const address = tryParseZonedAddress(token.text);
  if (!address.ok) throw corefileError(token.at, `"${token.text}" is neither an IP address nor a network interface of this host`);
  const { zone } = address.value;
  return [`${formatAddress(address.value.address)}${zone === undefined ? '' : `%${zone}`}`];
}
