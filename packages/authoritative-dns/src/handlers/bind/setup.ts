import { formatAddress, tryParseZonedAddress } from '@seamark/common/model';

import type { Directive, DirectiveSetup, SetupContext, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { interfaceAddresses, isOfThisHost } from '../../corefile/arguments/interface-addresses.ts';

/** The directive `bind ADDRESS|INTERFACE...`: the addresses on which a block listens. */
export const bindSetup: DirectiveSetup = {
  name: 'bind',
  setup(uses, context) {
    const bind = new Set(readEach(uses, context, (use) => readUse(use, context)).flat());
    // None, which is a mistake that has been told, excludes no other block.
    return { listen: { bind: [...bind] } };
  },
};

function readUse(use: Directive, context: SetupContext): string[] {
  context.collect(use.at, () => expectArguments(use, 1, undefined, 'bind ADDRESS|INTERFACE...'), undefined);
  const exceptions = readOptions(use, context, (line) => {
    if (line.name.text !== 'except') throw unknownOption(use, line.name, ['except']);
    expectArguments(line, 1, undefined, 'except ADDRESS|INTERFACE...');
    return line.args.flatMap(hostsOf);
  });
  const except = new Set(exceptions.flat());
  const hosts = use.args.flatMap((token) => context.collect(token.at, () => hostsOf(token), undefined) ?? []);
  const left = hosts.filter((host) => !except.has(host));
  for (const host of left) {
    if (!isOfThisHost(host))
      context.warn(`bind names ${host}, which no network interface of this host has: it cannot be listened on here`, use.at);
  }
  if (hosts.length > 0 && left.length === 0)
    throw corefileError(use.at, 'bind has no address left to listen on', 'Take one out of except.');
  return left;
}

function hostsOf(token: Token): string[] {
  const ofInterface = interfaceAddresses(token.text);
  if (ofInterface !== undefined) return ofInterface;
  const address = tryParseZonedAddress(token.text);
  if (!address.ok) throw corefileError(token.at, `"${token.text}" is neither an IP address nor a network interface of this host`);
  const { zone } = address.value;
  return [`${formatAddress(address.value.address)}${zone === undefined ? '' : `%${zone}`}`];
}
