import { z } from 'zod';
import { listenAddressSchema, listOf, setting } from '../setting.ts';

const everywhere = ['up', 'plan', 'lb-controller', 'dns-sync', 'authoritative-dns'] as const;
const running = ['up', 'lb-controller', 'dns-sync', 'authoritative-dns'] as const;

/** Settings of the process itself. */
export const processSettings = {
  logLevel: setting(
    z
      .preprocess(
        (input) => (input === 'warning' ? 'warn' : input),
        z.enum(['debug', 'info', 'warn', 'error'], 'allowed: debug, info, warn, error'),
      )
      .default('info'),
    'How much is logged: debug, info, warn or error',
    { flag: 'log-level', env: ['EXTERNAL_DNS_LOG_LEVEL'], value: 'LEVEL', commands: everywhere },
  ),
  logFormat: setting(
    z.enum(['auto', 'text', 'json'], 'allowed: auto, text, json').default('auto'),
    'Form of log lines; auto is text on a terminal and JSON when piped',
    { flag: 'log-format', env: ['EXTERNAL_DNS_LOG_FORMAT'], value: 'FORMAT', commands: everywhere },
  ),
  httpListen: setting(
    z.union([z.literal('none'), listenAddressSchema], 'allowed: HOST:PORT, [IPV6]:PORT, :PORT or none').default('127.0.0.1:7979'),
    'Where /healthz, /readyz and /metrics are served; none turns them off',
    { flag: 'metrics-address', env: ['EXTERNAL_DNS_METRICS_ADDRESS'], value: 'ADDR:PORT', commands: running },
  ),
  dataDir: setting(z.string().min(1, 'allowed: a path').default('.seamark'), 'Folder of the embedded store and of the state of manifests', {
    flag: 'data-dir',
    value: 'DIR',
    commands: ['up'],
  }),
  configNamespaces: setting(
    listOf(z.string()).default(['metallb-system', 'seamark-system']),
    'Namespaces from which pools and advertisements are read',
    { flag: 'config-namespaces', env: ['METALLB_NAMESPACE'], value: 'NS,…', commands: ['up', 'plan', 'lb-controller'] },
  ),
};
