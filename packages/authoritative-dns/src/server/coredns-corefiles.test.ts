import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { corednsProgram, corednsRequirement, programRequirement, startProcess, temporaryFolder, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { validateCorefile } from './load-corefile.ts';
import { chosenDifferences, inBlock, oddCorefiles } from './testing/odd-corefiles.ts';
import { writeOddFiles } from './testing/odd-files.ts';
import { entriesOf, type OddLine, oddLines } from './testing/odd-lines.ts';

const skipped = unmet('Corefiles by CoreDNS and by us', programRequirement('openssl', 'openssl'), corednsRequirement());

const environment = { DIRECTIVE: 'whoami', PORT: '0', NOPE: undefined };
/** Some dozens of starts of CoreDNS, of some 50 ms each. */
const timeoutMs = 120_000;

describe.skipIf(skipped)('-validate takes and refuses the Corefiles that CoreDNS takes and refuses', () => {
  const folder = skipped ? undefined : temporaryFolder('coredns-corefiles');
  const file = join(folder?.path ?? '', 'Corefile');
  beforeAll(() => writeOddFiles(folder?.path ?? ''));
  afterAll(() => folder?.[Symbol.dispose]());

  /** What of it CoreDNS says, and whether it started. */
  async function theirs(text: string): Promise<{ readonly takes: boolean; readonly says: string }> {
    writeFileSync(file, text);
    // One thread, so that other tests go on beside it.
    const env = { ...environment, GOMAXPROCS: '1' };
    await using server = startProcess(corednsProgram(), ['-conf', file, '-dns.port', '0'], { env, cwd: folder?.path ?? '' });
    const takes = await server.waitForOutput(/^CoreDNS-\d/m).then(
      () => true,
      () => false,
    );
    await server.end('SIGKILL');
    return { takes, says: server.output() };
  }

  async function ours(text: string): Promise<{ readonly takes: boolean; readonly says: string }> {
    const result = await validateCorefile(text, { file, environment: (name) => environment[name as keyof typeof environment] });
    return result.ok ? { takes: true, says: '' } : { takes: false, says: result.problems.map(({ message }) => message).join('\n') };
  }

  /** The Corefiles of which the verdicts are not the same, with what both say. */
  async function disagreements(texts: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const text of texts) {
      const [our, their] = [await ours(text), await theirs(text)];
      if (our.takes !== their.takes) found.push(`${text}\nours: ${our.takes} ${our.says}\ntheirs: ${their.takes} ${their.says}`);
    }
    return found;
  }

  /** The same for one block each: those that we take are first shown to CoreDNS in one Corefile, which saves most of its starts. */
  async function disagreementsOfBlocks(texts: readonly string[]): Promise<string[]> {
    const taken: string[] = [];
    for (const text of texts) if ((await ours(text)).takes) taken.push(text);
    const all = taken.map((text, index) => text.replace('.:0', `z${index}.test:0`)).join('');
    const alone = (await theirs(all)).takes ? texts.filter((text) => !taken.includes(text)) : texts;
    return disagreements(alone);
  }

  it.each(oddLines)('lines like $line', async (line) => expect(await disagreementsOfBlocks(corefilesOf(line))).toEqual([]), timeoutMs);

  it('whole Corefiles', async () => expect(await disagreements(Object.values(oddCorefiles))).toEqual([]), timeoutMs);

  it.each(chosenDifferences)(
    'but for: $why',
    async ({ weTake, corefiles }) => {
      for (const text of corefiles) {
        expect({ text, takes: (await ours(text)).takes }).toEqual({ text, takes: weTake });
        expect({ text, takes: (await theirs(text)).takes }).toEqual({ text, takes: !weTake });
      }
    },
    timeoutMs,
  );
});

function corefilesOf({ line, others, options, twice }: OddLine): string[] {
  const [name = ''] = line.split(' ');
  const lines = [
    line,
    ...entriesOf(others).map((words) => (words === '-' ? name : `${name} ${words}`)),
    ...entriesOf(options).map((option) => `${line} {\n ${option}\n}`),
    ...(twice === true ? [`${line}\n${line}`] : []),
  ];
  // What is tried of bind stands alone.
  return lines.map((text) => (name === 'bind' ? `.:0 {\n${text}\n}\n` : inBlock(text)));
}
