import type { Directive, DirectiveLine, DirectiveSetup, ListenSettings } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readInteger } from '../../corefile/arguments/read-integer.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';

const options = ['read', 'write', 'idle', 'maxtcpqueries'];
const limits = { leastMs: 1000, mostMs: 24 * 3_600_000, bareUnitMs: 1000 };

/** The directive `timeouts`: how patient connections over TCP, TLS and HTTPS are. */
export const timeoutsSetup: DirectiveSetup = {
  name: 'timeouts',
  once: true,
  setup([use], context) {
    context.collect(use.at, () => expectArguments(use, 0, 0), undefined);
    if (use.block.length === 0) throw corefileError(use.at, `timeouts needs at least one of ${options.join(', ')} in its braces`);
    return { listen: Object.assign({}, ...readOptions(use, context, (line) => readLine(use, line))) as ListenSettings };
  },
};

function readLine(use: Directive, line: DirectiveLine): ListenSettings {
  const { text } = line.name;
  if (!options.includes(text)) throw unknownOption(use, line.name, options);
  expectArguments(line, 1, 1);
  const [value] = line.args as [DirectiveLine['name']];
  if (text === 'maxtcpqueries') {
    return { maxTcpQueries: readInteger(value, { what: 'a number of queries', least: 1, most: Number.MAX_SAFE_INTEGER }) };
  }
  const durationMs = readDuration(value, limits);
  if (text === 'read') return { readTimeoutMs: durationMs };
  return text === 'write' ? { writeTimeoutMs: durationMs } : { idleTimeoutMs: durationMs };
}
