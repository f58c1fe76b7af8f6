import { Command, Option } from 'commander';
import { SeamarkError } from '@seamark/common/errors';
import { addCorefileOptions, readCorefileOptions, wantsCorefile } from './corefile-options.ts';
import { define, exitForUsage } from './define-command.ts';
import { defineOperations } from './operations.ts';
import { planFormats, type PlanFormat } from './output/plan-report.ts';
import { versionWithRevision } from './version.ts';

/** The `seamark` command line. Each command loads its own code only when it runs. */
export function createProgram(): Command {
  const program = new Command('seamark')
    .description('An address and a name for every service, on bare metal.')
    .version(versionWithRevision, '-V, --version')
    .exitOverride(exitForUsage)
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false, helpWidth: 120 })
    .addHelpText(
      'after',
      '\nSettings come from flags, then environment variables, then --config FILE, then defaults.\nStart with: seamark up, and then: dig @127.0.0.1 -p 1053 NAME',
    );

  define(program, 'up', 'Everything in one process: addresses, records and answers, over a folder of manifests or a cluster', (command) => {
    command.addOption(
      new Option('-o, --output <FORM>', 'table (a live table on a terminal, lines elsewhere) or json (one object per change)')
        .choices(['table', 'json'])
        .default('table'),
    );
    return async (config, options, notices) => {
      const { up } = await import('./commands/up.ts');
      await up(config, { output: options['output'] as 'table' | 'json', notices });
    };
  });
  define(program, 'plan', 'Which addresses and records manifests would get; changes nothing', (command) => {
    command.addOption(new Option('-f, --filename <PATH...>', 'files or folders of manifests; - is standard input').makeOptionMandatory());
    command.addOption(new Option('-o, --output <FORM>', 'form of the result').choices(planFormats).default('table'));
    return async (config, options, notices) => {
      for (const notice of notices) process.stderr.write(`${notice}\n`);
      const [{ makePlan }, { renderPlan }] = await Promise.all([import('./commands/plan.ts'), import('./output/plan-report.ts')]);
      const text = renderPlan(await makePlan(config, options['filename'] as string[]), options['output'] as PlanFormat);
      await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
    };
  });
  define(
    program,
    'lb-controller',
    'Only addresses: what MetalLB’s controller does',
    () => async (config) => (await import('./commands/components.ts')).lbController(config),
  );
  define(
    program,
    'dns-sync',
    'Only records: what ExternalDNS does; takes its flags',
    () => async (config, _options, notices) => (await import('./commands/components.ts')).dnsSync(config, notices),
  );
  define(program, 'authoritative-dns', 'Only answers: what CoreDNS with the etcd plugin does; takes its flags and Corefile', (command) => {
    addCorefileOptions(command);
    return async (config, options) => {
      if (wantsCorefile(options, config.store.endpoints))
        await (await import('./commands/corefile.ts')).runCorefile(config, readCorefileOptions(options));
      else await (await import('./commands/components.ts')).authoritativeDns(config);
    };
  });
  defineOperations(program);
  return program;
}

/** What a failed command prints and exits with: 2 for a mistake in how it was called, 1 for everything else. */
export function describeFailure(error: unknown): { readonly text: string; readonly exitCode: number } {
  if (error instanceof SeamarkError) {
    const usage = error.code === 'SM_CONFIG_INVALID' || error.code === 'SM_CONFIG_UNREADABLE';
    return { text: `error: ${error.message}\n       ${error.remedy} [${error.code}]\n`, exitCode: usage ? 2 : 1 };
  }
  return { text: `error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`, exitCode: 1 };
}
