import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { temporaryFolder, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { compileSanitized, sanitizerRequirement } from '../testing/sanitized-program.ts';

/** `npm run fuzz` asks for more. */
const packets = Number(process.env['SEAMARK_FUZZ_PACKETS'] ?? 500_000);
const seed = Number(process.env['SEAMARK_FUZZ_SEED'] ?? 1);
const sanitizers = 'address,undefined';

describe.skipIf(unmet('mutated packets under sanitizers', sanitizerRequirement(sanitizers)))('mutated packets and batches', () => {
  const folder = temporaryFolder('fuzz');
  const program = join(folder.path, 'fuzz');
  beforeAll(() => compileSanitized(sanitizers, 'fuzz', program));
  afterAll(() => folder[Symbol.dispose]());

  test.each([seed, seed + 1])(
    `seed %i: ${packets} packets touch no memory that is not theirs, and nothing leaks`,
    (each) => {
      const { status, stderr } = spawnSync(program, [String(each), String(packets)], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
    60_000 + packets / 10,
  );
});
