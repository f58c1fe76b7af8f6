import { readFile, rm, writeFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';

import { createCorefileServer } from '@seamark/authoritative-dns';
import { directiveRegistry, dumpZone, formatPosition, loadCorefile, type LoadResult } from '@seamark/authoritative-dns/corefile';
import type { Config } from '@seamark/common/config';
import { messageOf, SeamarkError } from '@seamark/common/errors';

import { composeHttp } from '../compose/http.ts';
import { createRuntime } from '../compose/runtime.ts';
import type { CorefileOptions } from '../corefile-options.ts';
import { runProcess } from '../run-process.ts';

/** The Corefile that CoreDNS reads from standard input. */
const standardInput = 'stdin';

/** `seamark authoritative-dns -conf FILE`: answers as a Corefile says, or says something about it. */
export async function runCorefile(config: Config, options: CorefileOptions): Promise<void> {
  if (options.plugins) return print(directiveRegistry.map(({ name }) => `${name}\n`).join(''));
  if (options.validate) return validate(options);
  if (options.dump !== undefined) return dump(options, options.dump);
  await serve(config, options);
}

/** Serves until SIGINT or SIGTERM; SIGUSR1 reads the Corefile anew. */
async function serve(config: Config, options: CorefileOptions): Promise<void> {
  const { file, dnsPort, pidfile, quiet } = options;
  const runtime = createRuntime(config, 'authoritative-dns');
  const { logger, reasons, metrics } = runtime;
  const text = file === standardInput ? { text: await readCorefile(file) } : {};
  const failed = new AbortController();
  const fail = (error: SeamarkError): void => failed.abort(error);
  const server = createCorefileServer({ file, dnsPort, logger, reasons, metrics, fail, ...text });
  runtime.readiness.set('authoritative-dns', () => server.notReady()[0]);
  const reload = (): void => void server.reload();
  process.on('SIGUSR1', reload);
  // As in CoreDNS: who sends it to have logs or settings read anew must not end the server.
  const ignore = (): void => logger.info('SIGHUP is ignored; SIGUSR1 reads the Corefile anew');
  process.on('SIGHUP', ignore);
  try {
    if (pidfile !== undefined) await writeFile(pidfile, `${process.pid}\n`);
    const components = [server, ...(options.hasHttpListen ? composeHttp(runtime) : [])];
    await runProcess(runtime, components, {
      onRunning: () => (quiet ? undefined : logger.info(`running ${file}`)),
      lameDuckMs: config.authoritativeDns.lameDuckSeconds * 1000,
      signal: failed.signal,
    });
    if (failed.signal.aborted) throw failed.signal.reason;
  } finally {
    process.off('SIGUSR1', reload);
    process.off('SIGHUP', ignore);
    if (pidfile !== undefined) await rm(pidfile, { force: true });
  }
}

/** Prints the first mistake of each directive in a block, and every warning. */
async function validate({ file, dnsPort }: CorefileOptions): Promise<void> {
  const warnings: string[] = [];
  const result = loadCorefile(await readCorefile(file), {
    file,
    dnsPort,
    warn: (message, at) => warnings.push(`warning: ${formatPosition(at)}: ${message}\n`),
  });
  process.stderr.write([...new Set(warnings)].join(''));
  if (result.ok) return print(`${file} is valid\n`);
  process.stderr.write(mistakesOf(result.problems));
  process.exitCode = 1;
}

async function dump({ file, dnsPort }: CorefileOptions, zone: string): Promise<void> {
  const result = loadCorefile(await readCorefile(file), { file, dnsPort });
  if (result.ok) return print(await dumpZone(result.version, zone));
  process.stderr.write(mistakesOf(result.problems));
  process.exitCode = 1;
}

/** One line for each mistake; advice that holds for several is given once, behind the last of them. */
function mistakesOf(problems: Extract<LoadResult, { ok: false }>['problems']): string {
  const lines = problems.map(({ message, remedy }, index) => {
    const isRepeated = problems.slice(index + 1).some((later) => later.remedy === remedy);
    return `error: ${message}\n${isRepeated ? '' : `       ${remedy}\n`}`;
  });
  return lines.join('');
}

async function readCorefile(file: string): Promise<string> {
  try {
    return file === standardInput ? await readStream(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    throw new SeamarkError('SM_CONFIG_UNREADABLE', `the Corefile ${file} cannot be read: ${messageOf(cause)}`, {
      cause,
      remedy: 'Check the path given with -conf.',
    });
  }
}

function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
