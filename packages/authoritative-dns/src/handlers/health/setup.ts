import type { DirectiveSetup } from '../../chain/setup.ts';
import { onlyArgument } from '../../corefile/arguments/only-argument.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { formatHostPort, type HostPort, readEndpointAddress } from '../../corefile/arguments/read-host-port.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import type { OpenEndpoint } from '../../server/http-endpoint-pool.ts';
import { servicesOf } from '../../server/server-services.ts';
import { createSelfCheckMetrics, startSelfCheck } from './self-check.ts';

const defaultAddress: HostPort = { host: '', port: '8080' };

/** The directive `health [ADDRESS]`: says over HTTP that the process runs. */
export const healthSetup: DirectiveSetup = {
  name: 'health',
  once: true,
  setup([use], context) {
    const address = readEndpointAddress(use, defaultAddress, context);
    const lameDucks = readOptions(use, context, (line) => {
      if (line.name.text !== 'lameduck') throw unknownOption(use, line.name, ['lameduck']);
      return readDuration(onlyArgument(line, 'lameduck DURATION'));
    });
    const metrics = createSelfCheckMetrics(context.metrics);
    // Blocks may share an address; asking it once is enough.
    const checked = context.shared('health.checked', () => new Set<string>());
    let opened: OpenEndpoint | undefined;
    let selfCheck: Disposable | undefined;
    return {
      lameDuckMs: lameDucks.at(-1) ?? 0,
      endpoint: { address, isEncrypted: false, at: use.at },
      async start() {
        const services = servicesOf(context);
        opened = await services.endpoints.open(address, '/health', {
          answer: () => ({ status: 200, body: 'OK' }),
          isActive: () => services.isActive(),
        });
        const at = formatHostPort(address);
        if (checked.has(at)) return;
        checked.add(at);
        selfCheck = startSelfCheck(opened.url, metrics, context.logger);
      },
      async stop() {
        selfCheck?.[Symbol.dispose]();
        await opened?.close();
      },
    };
  },
};
