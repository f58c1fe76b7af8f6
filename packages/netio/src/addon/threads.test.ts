import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { temporaryFolder, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { compileSanitized, sanitizerRequirement } from '../testing/sanitized-program.ts';

const publications = Number(process.env['SEAMARK_THREAD_PUBLICATIONS'] ?? 300);

describe.skipIf(unmet('threads under a sanitizer', sanitizerRequirement('thread')))('readers of an arena that changes', () => {
  const folder = temporaryFolder('threads');
  const program = join(folder.path, 'threads');
  beforeAll(() => compileSanitized('thread', 'threads', program));
  afterAll(() => folder[Symbol.dispose]());

  test('see one publication as a whole, without a race', () => {
    const { status, stdout, stderr } = spawnSync(program, [String(publications)], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: expect.stringContaining(' 0 torn'), stderr: '' });
  }, 120_000);
});
