import { type Command, type CommanderError, Option } from 'commander';
import { type CommandName, type Config, loadConfig, settingsOf } from '@seamark/common/config';
import { addExternalDnsFlags } from './external-dns-flags.ts';
import { addSettings, type TypedFlags } from './setting-options.ts';

/** Help and version end well; every mistake in the command line is exit code 2, as for bad settings. */
export function exitForUsage(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? 0 : 2);
}

/** What a command does once its settings and options are read. */
export type Action = (config: Config, options: Readonly<Record<string, unknown>>, notices: readonly string[]) => Promise<void>;

/** Commands that take the place of ExternalDNS and therefore know all of its flags. */
const likeExternalDns: ReadonlySet<CommandName> = new Set(['up', 'plan', 'dns-sync']);

/**
 * Adds a command with every setting that belongs to it; `build` adds its own options and says what it does. The last word of `name` is
 * the command's, under `parent`.
 */
export function define(parent: Command, name: CommandName, description: string, build: (command: Command) => Action): void {
  const command = parent
    .command(name.split(' ').at(-1) as string)
    .description(description)
    .allowExcessArguments(false)
    .exitOverride(exitForUsage);
  const flags: TypedFlags = {};
  const notices: string[] = [];
  const action = build(command);
  command.addOption(new Option('--config <FILE>', 'configuration file (YAML or JSON)').env('SEAMARK_CONFIG'));
  addSettings(command, name, flags);
  const externalDns = likeExternalDns.has(name) ? addExternalDnsFlags(command, notices, name === 'plan') : undefined;
  command.action(async (options: Record<string, unknown>) => {
    externalDns?.checkEnvironment(process.env);
    const file = options['config'];
    const config = loadConfig({ flags, env: process.env, accepted: settingsOf(name), ...(typeof file === 'string' ? { file } : {}) });
    await action(config, options, notices);
  });
}
