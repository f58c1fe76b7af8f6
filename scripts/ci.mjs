// .ci/run: npm test, then everything else that guards main. Every step runs, also after a failure; the last line counts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from './lib/root.mjs';
import { toolPath } from './lib/run.mjs';

const report = join(mkdtempSync(join(tmpdir(), 'seamark-ci-')), 'tests.json');
let passed = 0;
let failed = 0;
// Said again at the end: whoever reads a long log begins there.
const failures = [];
const secondAttempts = [];

// Real servers on two cores: a test gets a second attempt here, and is named at the end when it needed one.
step('npm test', 'npm', ['test', '--silent', '--', '--retry=1'], { SEAMARK_TEST_REPORT: report }, () => {
  const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  passed += numPassedTests;
  failed += numFailedTests;
  // A suite that could not even be loaded has no tests to count.
  if (numFailedTests === 0) failed += numFailedTestSuites;
  for (const file of testResults) {
    const name = relative(root, file.name);
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'))
      failures.push(`${name}: ${file.message}`);
    for (const { status, fullName, failureMessages } of file.assertionResults) {
      const messages = (failureMessages ?? []).join('\n');
      if (status === 'failed') failures.push(`${name}: ${fullName}\n${messages.slice(0, 3_000)}`);
      else if (messages !== '') secondAttempts.push(`${name}: ${fullName}\n${messages.slice(0, 1_000)}`);
    }
  }
});
step('types and build', 'tsc', ['-b']);
step('build in the task graph', 'turbo', ['run', 'build', '--output-logs=errors-only'], { TURBO_TELEMETRY_DISABLED: '1' });
step('lint', 'npm', ['run', '--silent', 'lint']);
step('format', 'npm', ['run', '--silent', 'format:check']);
step('boundaries', 'npm', ['run', '--silent', 'boundaries']);
step('dead code', 'npm', ['run', '--silent', 'dead-code']);
step('conformance', 'npm', ['run', '--silent', 'conformance']);
step('documentation', 'npm', ['run', '--silent', 'docs']);
step('changesets', 'changeset', ['status', ...sinceMain()]);
step('fresh clone', 'node', ['scripts/fresh-clone.mjs']);

rmSync(join(report, '..'), { recursive: true, force: true });
for (const text of secondAttempts) process.stdout.write(`\npassed only at the second attempt: ${text}\n`);
for (const text of failures) process.stdout.write(`\nFAILED ${text}\n`);
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
  else {
    failed++;
    failures.push(`step ${name} (exit code ${status ?? 'none'})`);
  }
}

/** A checkout of one commit has no branch to compare with; then the changesets are only read. */
function sinceMain() {
  const { status } = spawnSync('git', ['rev-parse', '--verify', '--quiet', 'main'], { cwd: root, stdio: 'ignore' });
  return status === 0 ? [] : ['--since', 'HEAD'];
}
