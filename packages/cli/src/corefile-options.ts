import { existsSync } from 'node:fs';

import { type Command, InvalidArgumentError, Option } from 'commander';

/** What `seamark authoritative-dns` takes from CoreDNS's command line. */
export interface CorefileOptions {
  /** Path of the Corefile. */
  readonly file: string;
  readonly dnsPort: number;
  /** Says what is wrong with the Corefile instead of running it. */
  readonly validate: boolean;
  /** Prints this zone as a zone file instead of running. */
  readonly dump?: string;
  /** Lists the directives instead of running. */
  readonly plugins: boolean;
  /** Says nothing at start. */
  readonly quiet: boolean;
  readonly pidfile?: string;
  /** Where /healthz, /readyz and /metrics were asked for on the command line; the Corefile has endpoints of its own. */
  readonly hasHttpListen: boolean;
}

/** Taken from the working folder where none is named. */
const defaultCorefile = 'Corefile';

/** Flags that CoreDNS writes with one dash. */
const flags = new Set(['conf', 'dns.port', 'p', 'validate', 'dump', 'plugins', 'quiet', 'pidfile']);

/** Adds the options to a command. */
export function addCorefileOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--conf <COREFILE>',
        'run a Corefile, as CoreDNS does; settings of zones, etcd and addresses are then its business (default ./Corefile where there is no etcd)',
      ),
    )
    .addOption(new Option('--dns.port <PORT>', 'port of server blocks that name none (default 53)').argParser(readPort))
    .addOption(new Option('--p <PORT>').argParser(readPort).hideHelp())
    .addOption(new Option('--validate', 'with --conf: say what is wrong with the Corefile, and exit with 1 when there is one'))
    .addOption(new Option('--dump <ZONE>', 'with --conf: print a zone as a zone file'))
    .addOption(new Option('--plugins', 'list the directives that a Corefile may have'))
    .addOption(new Option('--quiet', 'with --conf: say nothing at start'))
    .addOption(new Option('--pidfile <FILE>', 'with --conf: write the process id to a file'));
}

/**
 * True when the command is about a Corefile: by its options or, as in CoreDNS, where one lies in the working folder. The latter holds only
 * when nothing else says what to serve: no etcd, no configuration file.
 */
export function wantsCorefile(options: Readonly<Record<string, unknown>>, etcdEndpoints: readonly string[]): boolean {
  if (['conf', 'plugins', 'validate', 'dump'].some((name) => options[name] !== undefined)) return true;
  return etcdEndpoints.length === 0 && options['config'] === undefined && existsSync(defaultCorefile);
}

/** The options as typed. As in CoreDNS, a Corefile in the working folder is taken where none is named. */
export function readCorefileOptions(options: Readonly<Record<string, unknown>>): CorefileOptions {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const dump = text('dump');
  const pidfile = text('pidfile');
  return {
    file: text('conf') ?? defaultCorefile,
    dnsPort: (options['dns.port'] ?? options['p'] ?? 53) as number,
    validate: options['validate'] === true,
    plugins: options['plugins'] === true,
    quiet: options['quiet'] === true,
    hasHttpListen: options['metricsAddress'] !== undefined,
    ...(dump === undefined ? {} : { dump }),
    ...(pidfile === undefined ? {} : { pidfile }),
  };
}

/** Arguments of a process with CoreDNS's flags of `authoritative-dns` in two dashes: `-conf FILE`, `-dns.port=1053`. */
export function withDoubleDashes(argv: readonly string[]): string[] {
  const at = argv.indexOf('authoritative-dns', 2);
  if (at !== 2) return [...argv];
  if (argv.slice(3).includes('-version')) return [...argv.slice(0, 2), '--version'];
  return argv.map((argument, index) => {
    const [, name = ''] = /^-([a-z.]+)(?:=.*)?$/s.exec(argument) ?? [];
    return index > at && flags.has(name) ? `-${argument}` : argument;
  });
}

function readPort(text: string): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 0xffff) return Number(text);
  throw new InvalidArgumentError('allowed: 0 to 65535.');
}
