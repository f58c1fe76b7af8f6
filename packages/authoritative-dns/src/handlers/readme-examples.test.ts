import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import type { DirectiveSetup } from '../chain/setup.ts';
import { parseCorefile } from '../corefile/parser.ts';
import { aclSetup } from './acl/setup.ts';
import { anySetup } from './any/setup.ts';
import { bufsizeSetup } from './bufsize/setup.ts';
import { chaosSetup } from './chaos/setup.ts';
import { headerSetup } from './header/setup.ts';
import { hostsSetup } from './hosts/setup.ts';
import { loadbalanceSetup } from './loadbalance/setup.ts';
import { localSetup } from './local/setup.ts';
import { loopSetup } from './loop/setup.ts';
import { minimalSetup } from './minimal/setup.ts';
import { nsidSetup } from './nsid/setup.ts';
import { setUp } from './testing/set-up.ts';
import { whoamiSetup } from './whoami/setup.ts';

const setups: readonly DirectiveSetup[] = [
  aclSetup,
  anySetup,
  bufsizeSetup,
  chaosSetup,
  headerSetup,
  hostsSetup,
  loadbalanceSetup,
  localSetup,
  loopSetup,
  minimalSetup,
  nsidSetup,
  whoamiSetup,
];

const folder = new URL('./', import.meta.url);
const manuals = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('/README.md'))
  .map((path) => ({ directive: path.slice(0, -'/README.md'.length), text: readFileSync(new URL(path, folder), 'utf8') }));

function examplesOf(text: string): string[] {
  return [...text.matchAll(/^```corefile\n(.*?)^```$/gms)].map(([, example]) => example as string);
}

describe('manual pages', () => {
  test.each(manuals)('examples of $directive are Corefiles', ({ text }) => {
    for (const example of examplesOf(text)) expect(() => parseCorefile(example, { file: 'README.md' })).not.toThrow();
  });

  test.each(setups)('$name has one, in the usual parts, with examples that it takes without a warning', (setup) => {
    const text = manuals.find(({ directive }) => directive === setup.name)?.text ?? '';
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([
      'Name',
      'Syntax',
      'Description',
      'Metrics',
      'Examples',
      'What differs from CoreDNS',
    ]);
    const examples = examplesOf(text);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const body = example.slice(example.indexOf('{') + 1, example.lastIndexOf('}'));
      expect(body).toMatch(new RegExp(String.raw`^ *${setup.name}\b`, 'm'));
      expect(setUp(setup, body).warnings).toEqual([]);
    }
  });
});
