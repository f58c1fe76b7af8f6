import type { Prefix } from '@seamark/common/model';

import type { BlockPart, Directive, DirectiveLine, DirectiveSetup, SetupContext } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
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
      const use = uses.at(-1) as Directive;
      const policies = uses.map((each) => readPolicy(each));
      const { name, preferred } = policies.at(-1) as Policy;
      const preferring = preferred.length === 0 ? [] : [prefer(preferred)];
      if (name === 'weighted') return weightedPart(use, context, random, preferring);
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
  readonly name: 'round_robin' | 'weighted';
  readonly preferred: readonly Prefix[];
}

function readPolicy(use: Directive): Policy {
  const [policy] = use.args;
  const name = policy?.text ?? 'round_robin';
  if (name !== 'round_robin' && name !== 'weighted') {
    throw corefileError(policy?.at ?? use.at, `unknown policy "${name}" of loadbalance`, 'The policies are round_robin and weighted FILE.');
  }
  if (name === 'weighted' && use.args.length === 1) {
    throw corefileError(use.at, 'missing weight file argument of loadbalance weighted', 'Write loadbalance weighted FILE.');
  }
  expectArguments(use, 0, name === 'weighted' ? 2 : 1);
  const options = name === 'weighted' ? ['reload', 'prefer'] : ['prefer'];
  const preferred: Prefix[] = [];
  for (const line of use.block) {
    if (!options.includes(line.name.text)) throw unknownOption(use, line.name, options);
    if (line.name.text === 'prefer') preferred.push(...readPreferred(line));
  }
  return { name, preferred };
}

function readPreferred(line: DirectiveLine): Prefix[] {
  return line.args.map((token) => {
    if (!token.text.includes('/')) throw corefileError(token.at, `"${token.text}" is not a CIDR prefix: it has no length behind a slash`);
    return readPrefix(token);
  });
}

function weightedPart(use: Directive, context: SetupContext, random: Random, preferring: readonly ReturnType<typeof prefer>[]): BlockPart {
  const [, file] = use.args;
  let intervalMs = defaultReloadMs;
  for (const line of use.block.filter(({ name }) => name.text === 'reload')) {
    expectArguments(line, 1, 1, 'reload DURATION');
    intervalMs = readDuration(line.args[0] as NonNullable<(typeof line.args)[0]>);
  }
  const weights = new WeightFile({ path: resolvePath(file as NonNullable<typeof file>, context), intervalMs, logger: context.logger });
  return {
    handler: createLoadbalanceHandler({ reorders: [weighted(() => weights.current, random), ...preferring] }),
    start: () => weights.start(),
    stop: () => weights.stop(),
  };
}
