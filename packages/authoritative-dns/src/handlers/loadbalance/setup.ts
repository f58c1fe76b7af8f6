import type { Prefix } from '@seamark/common/model';

import type { BlockPart, Directive, DirectiveLine, DirectiveSetup, SetupContext } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { onlyArgument } from '../../corefile/arguments/only-argument.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { readPrefix } from '../../corefile/arguments/read-prefix.ts';
import { resolvePath } from '../../corefile/arguments/resolve-path.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { createLoadbalanceHandler } from './loadbalance-handler.ts';
import { roundRobin, weighted } from './policy.ts';
import { prefer } from './prefer.ts';
import type { Random } from './shuffle.ts';
import { WeightFile } from './weight-file.ts';

const defaultReloadMs = 30_000;

/** The directive `loadbalance`: the order of addresses in answers. */
export const loadbalanceSetup: DirectiveSetup = createLoadbalanceSetup(Math.random);

/** {@link loadbalanceSetup} with the given source of randomness. */
export function createLoadbalanceSetup(random: Random): DirectiveSetup {
  return {
    name: 'loadbalance',
    setup(uses, context) {
      const policies = readEach(uses, context, (use) => readPolicy(use, context));
      const { preferred, weights }: Policy = policies.at(-1) ?? { preferred: [] };
      const preferring = preferred.length === 0 ? [] : [prefer(preferred)];
      if (weights !== undefined) return weightedPart(weights, random, preferring, context);
      return {
        handler: createLoadbalanceHandler({
          reorders: [roundRobin(random), ...preferring],
          ...(preferred.length === 0 ? { rotation: 'round_robin' } : {}),
        }),
      };
    },
  };
}

interface Policy {
  readonly preferred: readonly Prefix[];
  /** Only of `weighted`. */
  readonly weights?: WeightFile;
}

function readPolicy(use: Directive, context: SetupContext): Policy {
  const [policy, file] = use.args;
  const name = policy?.text ?? 'round_robin';
  if (name !== 'round_robin' && name !== 'weighted') {
    throw corefileError(policy?.at ?? use.at, `unknown policy "${name}" of loadbalance`, 'The policies are round_robin and weighted FILE.');
  }
  const isWeighted = name === 'weighted';
  context.collect(
    use.at,
    () => expectArguments(use, isWeighted ? 2 : 0, isWeighted ? 2 : 1, `loadbalance [round_robin | weighted FILE]`),
    undefined,
  );
  const options = isWeighted ? ['reload', 'prefer'] : ['prefer'];
  const preferred: Prefix[] = [];
  let intervalMs = defaultReloadMs;
  readOptions(use, context, (line) => {
    if (!options.includes(line.name.text)) throw unknownOption(use, line.name, options);
    if (line.name.text === 'prefer') preferred.push(...readPreferred(line));
    else intervalMs = readDuration(onlyArgument(line, 'reload DURATION'));
  });
  if (!isWeighted || file === undefined) return { preferred };
  return { preferred, weights: new WeightFile({ at: use.at, path: resolvePath(file, context), intervalMs, logger: context.logger }) };
}

function readPreferred(line: DirectiveLine): Prefix[] {
  return line.args.map((token) => {
    if (!token.text.includes('/')) throw corefileError(token.at, `"${token.text}" is not a CIDR prefix: it has no length behind a slash`);
    return readPrefix(token);
  });
}

function weightedPart(
  weights: WeightFile,
  random: Random,
  preferring: readonly ReturnType<typeof prefer>[],
  context: SetupContext,
): BlockPart {
  return {
    handler: createLoadbalanceHandler({ reorders: [weighted(() => weights.current, random), ...preferring] }),
    check: () => weights.check((message, at) => context.warn(message, at)),
    start: () => weights.start(),
    stop: () => weights.stop(),
  };
}
