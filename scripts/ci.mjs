// .ci/run: npm test, then everything else that guards main. Every step runs, also after a failure; the last line counts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './lib/root.mjs';
import { toolPath } from './lib/run.mjs';

const report = join(mkdtempSync(join(tmpdir(), 'seamark-ci-')), 'tests.json');
let passed = 0;
let failed = 0;

step('npm test', 'npm', ['test', '--silent'], { SEAMARK_TEST_REPORT: report }, () => {
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
  passed += numPassedTests;
  failed += numFailedTests;
  // A suite that could not even be loaded has no tests to count.
  if (numFailedTests === 0) failed += numFailedTestSuites;
});
step('types and build', 'tsc', ['-b']);
step('build in the task graph', 'turbo', ['run', 'build', '--output-logs=errors-only'], { TURBO_TELEMETRY_DISABLED: '1' });
step('lint', 'npm', ['run', '--silent', 'lint']);
step('format', 'npm', ['run', '--silent', 'format:check']);
step('boundaries', 'npm', ['run', '--silent', 'boundaries']);
step('dead code', 'npm', ['run', '--silent', 'dead-code']);
step('conformance', 'npm', ['run', '--silent', 'conformance']);
step('documentation', 'npm', ['run', '--silent', 'docs']);
step('changesets', 'changeset', ['status']);
step('fresh clone', 'node', ['scripts/fresh-clone.mjs']);

rmSync(join(report, '..'), { recursive: true, force: true });
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function step(name, command, args, env = {}, count) {
  const startedMs = performance.now();
  process.stdout.write(`\n=== ${name}\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: toolPath, ...env },
  });
  const ok = status === 0;
  process.stdout.write(
    `=== ${name}: ${ok ? 'ok' : `failed${error === undefined ? '' : ` (${error.message})`}`} (${Math.round((performance.now() - startedMs) / 1000)} s)\n`,
  );
  try {
    if (count !== undefined) count();
  } catch (cause) {
    process.stdout.write(`no report of ${name}: ${cause.message}\n`);
    if (ok) failed++;
  }
  if (ok) passed++;
  else failed++;
}
