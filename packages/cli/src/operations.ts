import { type Command, InvalidArgumentError, Option } from 'commander';
import { define, exitForUsage } from './define-command.ts';

/** Adds the commands that install and check Seamark on a cluster: the chart's Jobs and init containers, and people, run them. */
export function defineOperations(program: Command): void {
  define(program, 'install-crds', 'Installs and upgrades the custom resource definitions of a cluster; never downgrades', (command) => {
    command.addOption(new Option('--from <DIR>', 'folder of definitions (default: those of this version)'));
    command.addOption(seconds('--timeout', 'how long to wait until they are served', 60));
    return async (config, options) => (await import('./commands/install-crds.ts')).installCrdsCommand(config, options);
  });
  const etcd = program
    .command('etcd')
    .description('Secrets, members and users of the etcd that the chart installs')
    .exitOverride(exitForUsage);
  define(etcd, 'etcd prepare-secrets', 'Makes or renews certificates and passwords in Secrets; leaves given ones alone', (command) => {
    command.addOption(new Option('--namespace <NS>', 'namespace of the Secrets').env('POD_NAMESPACE').makeOptionMandatory());
    command.addOption(new Option('--name <NAME>', 'what the names of the Secrets start with').makeOptionMandatory());
    command.addOption(list('--server-name <NAME,…>', 'names and addresses that members are reached at'));
    command.addOption(list('--client <NAME,…>', 'users of etcd besides root, each with a Secret'));
    command.addOption(new Option('--no-certificates', 'make no certificates: somebody else does, or there is no TLS'));
    command.addOption(new Option('--no-passwords', 'make no passwords'));
    command.addOption(wholeNumber('--rotation', 'passwords of a lower rotation are made anew', 1));
    command.addOption(wholeNumber('--certificate-days', 'life of a certificate; it is renewed with a third left', 365));
    command.addOption(wholeNumber('--authority-days', 'life of the certificate authority', 3650));
    command.addOption(list('--label <NAME=VALUE,…>', 'labels of the Secrets'));
    return async (config, options) => (await import('./commands/etcd-prepare-secrets.ts')).etcdPrepareSecrets(config, options);
  });
  define(etcd, 'etcd join', 'Writes the configuration of a member of etcd, after bringing it into its cluster when needed', (command) => {
    command.addOption(new Option('--name <NAME>', 'name of this member').env('POD_NAME').makeOptionMandatory());
    command.addOption(new Option('--initial-cluster <NAME=URL,…>', 'all members with their peer URLs').makeOptionMandatory());
    command.addOption(new Option('--client-urls <NAME=URL,…>', 'all members with their client URLs').makeOptionMandatory());
    command.addOption(new Option('--token <TEXT>', 'initial-cluster-token of etcd, unique to the cluster').makeOptionMandatory());
    command.addOption(new Option('--member-data-dir <DIR>', 'data-dir of etcd').makeOptionMandatory());
    command.addOption(new Option('--shared-config <FILE>', 'configuration that all members have in common (YAML)'));
    command.addOption(new Option('--write <FILE>', 'where the configuration of this member goes').makeOptionMandatory());
    command.addOption(new Option('--peer-ca-file <FILE>', 'CA certificate that members are checked against'));
    command.addOption(new Option('--peer-cert-file <FILE>', 'certificate of this member'));
    command.addOption(new Option('--peer-key-file <FILE>', 'key of this member'));
    command.addOption(seconds('--timeout', 'how long to wait for the others', 600));
    return async (config, options) => {
      endOnSignal();
      await (await import('./commands/etcd-join.ts')).etcdJoin(config, options);
    };
  });
  define(etcd, 'etcd enable-auth', 'Makes users and roles of etcd and turns authentication on', (command) => {
    command.addOption(list('--user <NAME,…>', 'components that are users: dns-sync, authoritative-dns'));
    command.addOption(new Option('--prefix <PREFIX>', 'keys below it are theirs').default('/skydns/'));
    command.addOption(seconds('--timeout', 'how long to wait for etcd', 300));
    return async (config, options) => {
      endOnSignal();
      await (await import('./commands/etcd-enable-auth.ts')).etcdEnableAuth(config, options);
    };
  });
  define(program, 'verify', 'Follows one record from a DNSEndpoint to an answer over UDP and TCP, and removes it', (command) => {
    command.addOption(new Option('--name <NAME>', 'unused name in a zone that is served').makeOptionMandatory());
    command.addOption(new Option('--server <HOST:PORT>', 'name server to ask').makeOptionMandatory());
    command.addOption(new Option('--namespace <NS>', 'where the DNSEndpoint is created').env('POD_NAMESPACE').default('default'));
    command.addOption(seconds('--timeout', 'how long the whole may take', 60));
    return async (config, options) => (await import('./commands/verify.ts')).verify(config, options);
  });
}

/** The first process of a container ignores signals that it has no handler for, and these commands may wait for long. */
function endOnSignal(): void {
  process.once('SIGTERM', () => process.exit(143));
}

function list(flags: string, description: string): Option {
  return new Option(flags, description)
    .argParser((text: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      ...text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    ])
    .default([], 'none');
}

function wholeNumber(flag: string, description: string, fallback: number): Option {
  return new Option(`${flag} <N>`, description).argParser(positive).default(fallback);
}

function seconds(flag: string, description: string, fallback: number): Option {
  return new Option(`${flag} <SECONDS>`, description).argParser(positive).default(fallback);
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('allowed: a whole number from 1');
  return Number(text);
}
