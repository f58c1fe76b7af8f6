import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Requirement } from '@seamark/testkit';

const root = resolve(import.meta.dirname, '../../..');
const reference = 'ghcr.io/seamark-dns/seamark:previous';

/** The product as the commit before had it. */
export interface PreviousCommit extends Disposable {
  readonly chart: string;
  /** Archive of its image; the tag is `previous`. */
  readonly archive: string;
}

/** Requires a commit before this one, with a chart. */
export function previousCommitRequirement(): Requirement {
  const found = spawnSync('git', ['cat-file', '-e', 'HEAD^:charts/seamark/Chart.yaml'], { cwd: root, stdio: 'ignore' }).status === 0;
  const name = 'the commit before';
  return found ? { name } : { name, missing: 'there is no commit before this one that has the chart' };
}

/** Checks the commit before this one out into a folder of its own and builds its image; about a minute. */
export function buildPreviousCommit(): PreviousCommit {
  const folder = mkdtempSync(join(tmpdir(), 'seamark-previous-'));
  const clone = join(folder, 'seamark');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    must('git', ['clone', '--quiet', root, clone], root);
    must('git', ['checkout', '--quiet', must('git', ['rev-parse', 'HEAD^'], root).trim()], clone);
    const archive = join(folder, 'previous.tar');
    // Its own programs build it: nothing of this checkout may be on the path.
    const PATH = (process.env['PATH'] ?? '')
      .split(':')
      .filter((entry) => !entry.startsWith(root))
      .join(':');
    must(process.execPath, ['scripts/image.mjs', '--tag', reference, '--output', archive, 'seamark'], clone, { PATH });
    if (!existsSync(archive)) throw new Error(`no image at ${archive}`);
    return { chart: join(clone, 'charts/seamark'), archive, [Symbol.dispose]: remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function must(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}
