import type { DirectiveSetup, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { onlyUse } from '../../corefile/arguments/only-use.ts';
import { type HostPort, readHostPort } from '../../corefile/arguments/read-host-port.ts';
import { resolvePath } from '../../corefile/arguments/resolve-path.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { servicesOf } from '../../server/server-services.ts';
import { readWebConfig } from './web-config.ts';

const defaultAddress: HostPort = { host: 'localhost', port: '9153' };
const options = ['runtime_metrics', 'tls'];

/** The directive `prometheus [ADDRESS]`: serves the metrics over HTTP. */
export const prometheusSetup: DirectiveSetup = {
  name: 'prometheus',
  setup(uses, context) {
    const use = onlyUse(uses);
    expectArguments(use, 0, 1, 'prometheus [ADDRESS]');
    const address = use.args[0] === undefined ? defaultAddress : readHostPort(use.args[0]);
    let webConfig: Token | undefined;
    for (const line of use.block) {
      if (!options.includes(line.name.text)) throw unknownOption(use, line.name, options);
      const isTls = line.name.text === 'tls';
      expectArguments(line, isTls ? 1 : 0, isTls ? 1 : 0);
      if (isTls) webConfig = line.args[0];
      else context.warn('runtime_metrics is about the Go runtime; the metrics of Node are always there', line.name.at);
    }
    let endpoint: { close(): Promise<void> } | undefined;
    return {
      async start() {
        const services = servicesOf(context);
        const tls = webConfig === undefined ? undefined : await readWebConfig(resolvePath(webConfig, context), webConfig.at);
        const responder = {
          answer: async () => ({ status: 200, ...(await services.metricsText()) }),
          isActive: () => services.isActive(),
        };
        endpoint = await services.endpoints.open(address, '/metrics', responder, tls);
      },
      async stop() {
        await endpoint?.close();
      },
    };
  },
};
