import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { ConformanceCase, ConformanceSuite } from './conformance-suite.ts';

/** A request that cannot be carried out: unknown suite, no such folder, a file that is not of the suite's shape. */
export class ConformanceUsageError extends Error {
  override readonly name = 'ConformanceUsageError';
}

/** Options of {@link runConformance}. */
export interface ConformanceOptions {
  readonly suites: readonly ConformanceSuite[];
  /** Folder with one `NAME.json` a suite; other files in it are ignored. */
  readonly casesFolder: string;
  /** Runs this suite alone. */
  readonly only?: string | undefined;
  /** Takes each line of the report, without line end. */
  readonly print: (line: string) => void;
}

/**
 * Runs the suites and prints each failing case with what differs, then `NAME: N passed, N failed` for each suite. A suite whose
 * file is not in the folder is skipped by name, unless it was asked for, or nothing at all would run.
 * Resolves to the number of failed cases. Throws ConformanceUsageError.
 */
export async function runConformance(options: ConformanceOptions): Promise<number> {
  const { casesFolder, only, print } = options;
  const names = options.suites.map((suite) => suite.name).join(', ');
  const suites = only === undefined ? options.suites : options.suites.filter((suite) => suite.name === only);
  if (suites.length === 0) throw new ConformanceUsageError(`there is no suite "${only}"; there is: ${names}`);
  await requireFolder(casesFolder);

  let failed = 0;
  let ran = 0;
  for (const suite of suites) {
    const file = join(casesFolder, `${suite.name}.json`);
    const text = await readIfPresent(file);
    if (text === undefined) {
      if (only !== undefined) throw new ConformanceUsageError(`suite ${suite.name} needs ${file}, which does not exist`);
      print(`${suite.name}: skipped, there is no ${file}`);
      continue;
    }
    ran++;
    failed += await runSuite(suite, casesIn(suite, file, text), print);
  }
  if (ran === 0) throw new ConformanceUsageError(`${casesFolder} has no file of any suite (${names})`);
  return failed;
}

async function runSuite(suite: ConformanceSuite, cases: readonly ConformanceCase[], print: (line: string) => void): Promise<number> {
  let failed = 0;
  for (const conformanceCase of cases) {
    let found: readonly string[];
    try {
      found = await conformanceCase.run();
    } catch (error) {
      found = [`threw ${String(error)}`];
    }
    if (found.length === 0) continue;
    failed++;
    print(`FAILED ${suite.name} ${conformanceCase.id}`);
    for (const line of found) print(`  ${line}`);
  }
  print(`${suite.name}: ${cases.length - failed} passed, ${failed} failed`);
  return failed;
}

function casesIn(suite: ConformanceSuite, file: string, text: string): readonly ConformanceCase[] {
  try {
    const cases = suite.casesOf(JSON.parse(text));
    if (cases.length > 0) return cases;
  } catch (error) {
    throw new ConformanceUsageError(`${file} does not hold cases of suite ${suite.name}: ${String(error)}`, { cause: error });
  }
  throw new ConformanceUsageError(`${file} holds no case`);
}

async function requireFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new ConformanceUsageError(`there is no folder ${path}`);
  if (!found.isDirectory()) throw new ConformanceUsageError(`${path} is not a folder`);
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConformanceUsageError(`${file} cannot be read: ${String(error)}`, { cause: error });
  }
}
