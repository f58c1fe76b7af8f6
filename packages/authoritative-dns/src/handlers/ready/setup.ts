import type { Directive, DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { onlyUse } from '../../corefile/arguments/only-use.ts';
import { formatHostPort, type HostPort, readHostPort } from '../../corefile/arguments/read-host-port.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { didYouMean } from '../../corefile/closest-word.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import type { HttpAnswer } from '../../server/http-endpoint-pool.ts';
import { servicesOf } from '../../server/server-services.ts';
import { type MonitorMode, Readiness } from './readiness.ts';

const defaultAddress: HostPort = { host: '', port: '8181' };
const modes: readonly MonitorMode[] = ['until-ready', 'continuously'];

/** The directive `ready [ADDRESS]`: says over HTTP whether everything behind the blocks that have it can answer. */
export const readySetup: DirectiveSetup = {
  name: 'ready',
  setup(uses, context) {
    const use = onlyUse(uses);
    expectArguments(use, 0, 1, 'ready [ADDRESS]');
    const address = use.args[0] === undefined ? defaultAddress : readHostPort(use.args[0]);
    const mode = readMode(use);
    const key = `ready ${formatHostPort(address)}`;
    // Blocks with the same address are asked together.
    const blocks = context.shared<Readiness[]>(key, () => []);
    const own = new Readiness();
    blocks.push(own);
    let endpoint: { close(): Promise<void> } | undefined;
    return {
      complete(parts) {
        for (const [name, part] of parts) own.add(name, part);
      },
      async start() {
        const services = servicesOf(context);
        const answer = (): HttpAnswer => {
          const waiting = services.isLeaving() ? ['server: stopping'] : blocks.flatMap((block) => block.waitingFor(mode));
          return waiting.length === 0 ? { status: 200, body: 'OK' } : { status: 503, body: waiting.join('\n') };
        };
        endpoint = await services.endpoints.open(address, '/ready', { answer, isActive: () => services.isActive() });
      },
      async stop() {
        await endpoint?.close();
      },
    };
  },
};

function readMode(use: Directive): MonitorMode {
  let mode: MonitorMode = 'until-ready';
  for (const line of use.block) {
    if (line.name.text !== 'monitor') throw unknownOption(use, line.name, ['monitor']);
    expectArguments(line, 1, 1, `monitor ${modes.join('|')}`);
    for (const { text, at } of line.args) {
      const known = modes.find((one) => one === text);
      if (known === undefined)
        throw corefileError(at, `"${text}" is not a way to monitor; there is ${modes.join(', ')}${didYouMean(text, modes)}`);
      mode = known;
    }
  }
  return mode;
}
