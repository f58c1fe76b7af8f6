import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { sharedCounter } from '../../metrics/shared-counter.ts';
import { createLocalHandler } from './local-handler.ts';

/** The directive `local`: `localhost` and the reverse zones that nobody else may be asked about. */
export const localSetup: DirectiveSetup = {
  name: 'local',
  setup(uses, context) {
    let localhostPrefix = true;
    readEach(uses, context, (use) => {
      context.collect(use.at, () => expectArguments(use, 0, 0), undefined);
      readOptions(use, context, ({ name, args }) => {
        if (name.text !== 'localhost_prefix') {
          throw corefileError(name.at, `local does not know "${name.text}"`, 'The only option is localhost_prefix on|off.');
        }
        const [value] = args;
        if (args.length !== 1 || value === undefined || !['on', 'off'].includes(value.text)) {
          throw corefileError(name.at, 'localhost_prefix is on or off', 'Write "localhost_prefix off", or leave it out.');
        }
        localhostPrefix = value.text === 'on';
      });
    });
    const requests = sharedCounter(context.metrics, {
      name: 'coredns_local_localhost_requests_total',
      help: 'Questions for names below localhost, or that start with localhost.',
      labelNames: [],
    })?.labels();
    return { handler: createLocalHandler({ localhostPrefix, onLocalhostName: () => requests?.inc() }) };
  },
};
