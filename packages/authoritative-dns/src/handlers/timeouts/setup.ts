import type { Directive, DirectiveLine, DirectiveSetup, ListenSettings } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { onlyUse } from '../../corefile/arguments/only-use.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { readInteger } from '../../corefile/arguments/read-integer.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';

const options = ['read', 'write', 'idle', 'maxtcpqueries'];
const limits = { leastMs: 1000, mostMs: 24 * 3_600_000, bareUnitMs: 1000 };

/** The directive `timeouts`: how patient connections over TCP, TLS and HTTPS are. */
export const timeoutsSetup: DirectiveSetup = {
  name: 'timeouts',
  setup(uses) {
    const use = onlyUse(uses);
    expectArguments(use, 0, 0);
    if (use.block.length === 0) throw corefileError(use.at, `timeouts needs at least one of ${options.join(', ')} in its braces`);
    return { listen: Object.assign({}, ...use.block.map((line) => readLine(use, line))) as ListenSettings };
  },
};

function readLine(use: Directive, line: DirectiveLine): ListenSettings {
  const { text } = line.name;
  if (!options.includes(text)) throw unknownOption(use, line.name, options);
  expectArguments(line, 1, 1);
  expectNoBlock(line);
  const [value] = line.args as [DirectiveLine['name']];
  if (text === 'maxtcpqueries') {
    return { maxTcpQueries: readInteger(value, { what: 'a number of queries', least: 1, most: Number.MAX_SAFE_INTEGER }) };
  }
  const durationMs = readDuration(value, limits);
  if (text === 'read') return { readTimeoutMs: durationMs };
  return text === 'write' ? { writeTimeoutMs: durationMs } : { idleTimeoutMs: durationMs };
}
