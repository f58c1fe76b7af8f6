import type { Directive, DirectiveLine, DirectiveSetup, ListenSettings } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { onlyArgument } from '../../corefile/arguments/only-argument.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readInteger } from '../../corefile/arguments/read-integer.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';

const options = ['max', 'max_per_client'];

/** The directive `connections`: how many there may be at one time over TCP, TLS and HTTPS. */
export const connectionsSetup: DirectiveSetup = {
  name: 'connections',
  once: true,
  setup([use], context) {
    context.collect(use.at, () => expectArguments(use, 0, 0), undefined);
    if (use.block.length === 0) throw corefileError(use.at, `connections needs at least one of ${options.join(', ')} in its braces`);
    return { listen: Object.assign({}, ...readOptions(use, context, (line) => readLine(use, line))) as ListenSettings };
  },
};

function readLine(use: Directive, line: DirectiveLine): ListenSettings {
  if (!options.includes(line.name.text)) throw unknownOption(use, line.name, options);
  const number = readInteger(onlyArgument(line), { what: 'a number of connections', least: 1, most: 1_000_000 });
  return line.name.text === 'max' ? { maxConnections: number } : { maxConnectionsPerClient: number };
}
