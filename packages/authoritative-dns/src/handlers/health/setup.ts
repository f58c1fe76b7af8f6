import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { onlyUse } from '../../corefile/arguments/only-use.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { type HostPort, readHostPort } from '../../corefile/arguments/read-host-port.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { servicesOf } from '../../server/server-services.ts';

const defaultAddress: HostPort = { host: '', port: '8080' };

/** The directive `health [ADDRESS]`: says over HTTP that the process runs. */
export const healthSetup: DirectiveSetup = {
  name: 'health',
  setup(uses, context) {
    const use = onlyUse(uses);
    expectArguments(use, 0, 1, 'health [ADDRESS]');
    const address = use.args[0] === undefined ? defaultAddress : readHostPort(use.args[0]);
    let lameDuckMs = 0;
    for (const line of use.block) {
      if (line.name.text !== 'lameduck') throw unknownOption(use, line.name, ['lameduck']);
      expectArguments(line, 1, 1, 'lameduck DURATION');
      for (const duration of line.args) lameDuckMs = readDuration(duration);
    }
    let endpoint: { close(): Promise<void> } | undefined;
    return {
      lameDuckMs,
      async start() {
        const services = servicesOf(context);
        endpoint = await services.endpoints.open(address, '/health', {
          answer: () => ({ status: 200, body: 'OK' }),
          isActive: () => services.isActive(),
        });
      },
      async stop() {
        await endpoint?.close();
      },
    };
  },
};
