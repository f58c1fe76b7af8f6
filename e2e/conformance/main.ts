// npm run conformance [-- --cases DIR] [-- --only NAME]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ConformanceUsageError, runConformance } from './run-conformance.ts';
import { conformanceSuites } from './conformance-suites.ts';

const usage = 'usage: npm run conformance [-- --cases DIR] [-- --only NAME]';

/** Exit status: 0 all cases pass, 1 at least one fails, 2 the request cannot be carried out. */
async function main(): Promise<0 | 1 | 2> {
  try {
    const { values } = parseArgs({ options: { cases: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean' } } });
    if (values.help === true) {
      console.log(usage);
      return 0;
    }
    const failed = await runConformance({
      suites: conformanceSuites,
      casesFolder: values.cases ?? fileURLToPath(new URL('cases', import.meta.url)),
      only: values.only,
      print: (line) => console.log(line),
    });
    return failed === 0 ? 0 : 1;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!(error instanceof ConformanceUsageError) && !code.startsWith('ERR_PARSE_ARGS')) throw error;
    console.error(`conformance: ${(error as Error).message}\n${usage}`);
    return 2;
  }
}

process.exitCode = await main();
