import type { Directive, DirectiveLine, DirectiveSetup } from '../../chain/setup.ts';
import { onlyArgument } from '../../corefile/arguments/only-argument.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { formatHostPort, type HostPort, readEndpointAddress } from '../../corefile/arguments/read-host-port.ts';
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
  once: true,
  setup([use], context) {
    const address = readEndpointAddress(use, defaultAddress, context);
    const mode = readOptions(use, context, (line) => readMode(use, line)).at(-1) ?? 'until-ready';
    const key = `ready ${formatHostPort(address)}`;
    // Blocks with the same address are asked together.
    const blocks = context.shared<Readiness[]>(key, () => []);
    const own = new Readiness();
    blocks.push(own);
    let opened: { close(): Promise<void> } | undefined;
    return {
      endpoint: { address, isEncrypted: false, at: use.at },
      complete(parts) {
        for (const [name, part] of parts) own.add(name, part);
      },
      async start() {
        const services = servicesOf(context);
        const answer = (): HttpAnswer => {
          const waiting = services.isLeaving() ? ['server: stopping'] : blocks.flatMap((block) => block.waitingFor(mode));
          return waiting.length === 0 ? { status: 200, body: 'OK' } : { status: 503, body: waiting.join('\n') };
        };
        opened = await services.endpoints.open(address, '/ready', { answer, isActive: () => services.isActive() });
      },
      async stop() {
        await opened?.close();
      },
    };
  },
};

function readMode(use: Directive, line: DirectiveLine): MonitorMode {
  if (line.name.text !== 'monitor') throw unknownOption(use, line.name, ['monitor']);
  const { text, at } = onlyArgument(line, `monitor ${modes.join('|')}`);
  const known = modes.find((one) => one === text);
  if (known !== undefined) return known;
  throw corefileError(at, `"${text}" is not a way to monitor; there is ${modes.join(', ')}${didYouMean(text, modes)}`);
}
