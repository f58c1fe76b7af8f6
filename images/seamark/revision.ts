import { execFileSync } from 'node:child_process';
import { repositoryRoot } from '../repository.ts';

/** What of the checkout is in the image. */
export const imageInputs = ['packages', 'charts/seamark/crds', 'examples', 'images', 'package.json', 'pnpm-lock.yaml', 'LICENSE'] as const;

/**
 * The commit of the checkout, with `-dirty` when something that is in the image differs from it; `unknown` outside a git checkout,
 * unless SEAMARK_REVISION says it.
 */
export function checkoutRevision(): string {
  const given = process.env['SEAMARK_REVISION'];
  if (given !== undefined && given !== '') return given;
  const git = (...args: string[]): string =>
    execFileSync('git', ['--no-optional-locks', '-C', repositoryRoot, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const commit = git('rev-parse', 'HEAD');
    return git('status', '--porcelain', '--', ...imageInputs) === '' ? commit : `${commit}-dirty`;
  } catch {
    return 'unknown';
  }
}
