import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { type HostPort, readEndpointAddress } from '../../corefile/arguments/read-host-port.ts';
import { onlyArgument } from '../../corefile/arguments/only-argument.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import type { HttpsMaterial } from '../../server/http-endpoint-pool.ts';
import { servicesOf } from '../../server/server-services.ts';
import { readWebConfig } from './web-config.ts';

const defaultAddress: HostPort = { host: 'localhost', port: '9153' };
const options = ['runtime_metrics', 'tls'];

/** The directive `prometheus [ADDRESS]`: serves the metrics over HTTP. */
export const prometheusSetup: DirectiveSetup = {
  name: 'prometheus',
  once: true,
  setup([use], context) {
    const address = readEndpointAddress(use, defaultAddress, context);
    let tls: HttpsMaterial | undefined;
    readOptions(use, context, (line) => {
      if (!options.includes(line.name.text)) throw unknownOption(use, line.name, options);
      if (line.name.text === 'tls') {
        tls = readWebConfig(onlyArgument(line, 'tls WEB-CONFIG-FILE'), context);
      } else {
        expectArguments(line, 0, 0);
        context.warn('runtime_metrics is about the Go runtime; the metrics of Node are always there', line.name.at);
      }
    });
    let opened: { close(): Promise<void> } | undefined;
    return {
      endpoint: { address, isEncrypted: tls !== undefined, at: use.at },
      async start() {
        const services = servicesOf(context);
        const responder = {
          answer: async () => ({ status: 200, ...(await services.metricsText()) }),
          isActive: () => services.isActive(),
        };
        opened = await services.endpoints.open(address, '/metrics', responder, tls);
      },
      async stop() {
        await opened?.close();
      },
    };
  },
};
