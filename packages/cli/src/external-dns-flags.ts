import { type Command, Option } from 'commander';

/** Flags of ExternalDNS that have nothing left to do here, and why. They are accepted with a notice, so command lines work unchanged. */
const unneeded: Readonly<Record<string, { readonly value?: string; readonly why: string }>> = {
  interval: { value: 'DURATION', why: 'nothing is polled' },
  events: { why: 'every change is an event' },
  'min-event-sync-interval': { value: 'DURATION', why: 'changes are applied as they come' },
  'request-timeout': { value: 'DURATION', why: 'requests have deadlines of their own' },
  'kube-api-request-timeout': { value: 'DURATION', why: 'requests have deadlines of their own' },
  'kube-api-qps': { value: 'N', why: 'requests follow the changes' },
  'kube-api-burst': { value: 'N', why: 'requests follow the changes' },
  'txt-cache-interval': { value: 'DURATION', why: 'ownership is mirrored by watch' },
  'provider-cache-time': { value: 'DURATION', why: 'records are mirrored by watch' },
  'enable-legacy-annotation-prefix': { why: 'both prefixes are read' },
};

/** Flags of ExternalDNS that mean something and are not built yet: refused by name instead of ignored. */
const notBuilt: readonly string[] = [
  'dry-run',
  'once',
  'fqdn-template',
  'target-template',
  'fqdn-target-template',
  'combine-fqdn-annotation',
  'zone-id-filter',
  'zone-name-filter',
  'default-targets',
  'force-default-targets',
  'target-net-filter',
  'exclude-target-net',
  'nat64-networks',
  'create-ptr',
  'prefer-alias',
  'service-type-filter',
  'compatibility',
  'migrate-from-txt-owner',
  'txt-encrypt-enabled',
  'txt-encrypt-aes-key',
  'coredns-strictly-owned',
  'gateway-name',
  'gateway-namespace',
  'gateway-label-filter',
  'publish-host-ip',
  'always-publish-not-ready-addresses',
  'expose-internal-ipv6',
  'resolve-service-load-balancer-hostname',
  'namespace-selector',
];

/** Flags of providers that guides name. `seamark plan` shows what would be published, so there they are only noted. */
const providerFlags: readonly string[] = [
  'provider',
  'aws-zone-type',
  'aws-zone-tags',
  'aws-region',
  'aws-profile',
  'aws-assume-role',
  'aws-prefer-cname',
  'aws-batch-change-size',
  'aws-batch-change-interval',
  'google-project',
  'google-batch-change-size',
  'google-batch-change-interval',
  'azure-resource-group',
  'azure-subscription-id',
  'azure-config-file',
  'cloudflare-proxied',
  'rfc2136-host',
  'webhook-provider-url',
];

/** Providers that mean the store this version writes to. */
const ownProviders: ReadonlySet<string> = new Set(['coredns', 'skydns', 'etcd']);

/** Judges what was given of ExternalDNS beyond Seamark's own settings, by flag or by its EXTERNAL_DNS_* variable. */
export interface ExternalDnsFlags {
  /** Looks at the variables; call it before the command acts. Ends the process with exit code 2 for what is refused. */
  checkEnvironment(env: Readonly<Record<string, string | undefined>>): void;
}

/** Adds ExternalDNS's other flags to a command, hidden from help; `notices` collects what was given without need. */
export function addExternalDnsFlags(command: Command, notices: string[], isPlan: boolean): ExternalDnsFlags {
  const judges = new Map<string, (shown: string, value: string | undefined) => void>();
  for (const [name, { why }] of Object.entries(unneeded))
    judges.set(name, (shown) => void notices.push(`${shown} is accepted and not needed: ${why}`));
  if (isPlan) judges.set('leader-elect', (shown) => void notices.push(`${shown} is accepted and not needed: a plan writes nothing`));
  for (const name of notBuilt) {
    judges.set(name, (shown) =>
      command.error(`error: ${shown} of ExternalDNS is not part of this version${name === 'dry-run' ? '; use seamark plan' : ''}`, {
        exitCode: 2,
      }),
    );
  }
  for (const name of providerFlags) {
    judges.set(name, (shown, value) => {
      if (name === 'provider' && ownProviders.has(value ?? ''))
        notices.push(`${shown} is accepted and not needed: records go to etcd or the embedded store`);
      else if (isPlan) notices.push(`${shown} is not looked at: a plan shows records before any provider`);
      else if (name === 'aws-region')
        command.error(
          'error: --aws-region never was a flag of ExternalDNS (it is $AWS_REGION), and provider aws is not part of this version',
          { exitCode: 2 },
        );
      else
        command.error(
          `error: ${shown}${value === undefined ? '' : ` ${value}`}: providers other than coredns are not part of this version`,
          { exitCode: 2 },
        );
    });
  }
  for (const [name, judge] of judges) {
    const value = unneeded[name]?.value;
    command.addOption(new Option(`--${name}${value === undefined ? ' [VALUE]' : ` <${value}>`}`).hideHelp());
    command.on(`option:${name}`, (given: string | null) => judge(`--${name}`, given ?? undefined));
  }
  return {
    checkEnvironment(env) {
      for (const [name, judge] of judges) {
        const variable = `EXTERNAL_DNS_${name.toUpperCase().replaceAll('-', '_')}`;
        const value = env[variable];
        if (value !== undefined && value !== '' && value !== 'false') judge(`$${variable}`, value);
      }
    },
  };
}
