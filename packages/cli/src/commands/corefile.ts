import { rm, writeFile } from 'node:fs/promises';
import { buffer as readStream } from 'node:stream/consumers';

import { createCorefileServer } from '@seamark/authoritative-dns';
import {
  corefileFromOctets,
  directiveRegistry,
  dumpZone,
  formatPosition,
  loadCorefile,
  type LoadResult,
  readCorefile,
  validateCorefile,
} from '@seamark/authoritative-dns/corefile';
import type { Config } from '@seamark/common/config';
import type { SeamarkError } from '@seamark/common/errors';

import { composeHttp } from '../compose/http.ts';
import { createRuntime } from '../compose/runtime.ts';
import type { CorefileOptions } from '../corefile-options.ts';
import { withCorednsLines } from '../output/coredns-lines.ts';
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
  const { reasons, metrics } = runtime;
  const { logFormat, logLevel } = config.process;
  const logger = logFormat === 'json' ? runtime.logger : withCorednsLines(runtime.logger, logLevel);
  const text = file === standardInput ? { text: await corefileText(file) } : {};
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

/** Prints every warning and every mistake, also those in the files that the Corefile leads to. */
async function validate({ file, dnsPort }: CorefileOptions): Promise<void> {
  const warnings: Warning[] = [];
  const result = await validateCorefile(await corefileText(file), {
    file,
    dnsPort,
    warn: (message, at) => warnings.push({ message, at }),
  });
  process.stderr.write(warningsOf(warnings));
  if (result.ok) return print(`${file} is valid\n`);
  process.stderr.write(mistakesOf(result.problems));
  process.exitCode = 1;
}

async function dump({ file, dnsPort }: CorefileOptions, zone: string): Promise<void> {
  const result = loadCorefile(await corefileText(file), { file, dnsPort });
  if (result.ok) return print(await dumpZone(result.version, zone));
  process.stderr.write(mistakesOf(result.problems));
  process.exitCode = 1;
}

interface Warning {
  readonly message: string;
  readonly at: { readonly file: string; readonly line: number };
}

/** One line for each warning, by file and line; a line that is imported several times is warned of once. */
function warningsOf(warnings: readonly Warning[]): string {
  const files = [...new Set(warnings.map(({ at }) => at.file))];
  const sorted = warnings.toSorted(
    (one, other) => files.indexOf(one.at.file) - files.indexOf(other.at.file) || one.at.line - other.at.line,
  );
  return [...new Set(sorted.map(({ message, at }) => `warning: ${formatPosition(at)}: ${message}\n`))].join('');
}

/** One line for each mistake; advice that holds for several is given once, behind the last of them. */
function mistakesOf(problems: Extract<LoadResult, { ok: false }>['problems']): string {
  const lines = problems.map(({ message, remedy }, index) => {
    const isRepeated = problems.slice(index + 1).some((later) => later.remedy === remedy);
    return `error: ${message}\n${isRepeated ? '' : `       ${remedy}\n`}`;
  });
  return lines.join('');
}

async function corefileText(file: string): Promise<string> {
  return file === standardInput ? corefileFromOctets(await readStream(process.stdin)) : readCorefile(file);
}

function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
