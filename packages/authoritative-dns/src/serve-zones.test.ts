import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { freePort, startProcess } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import { serveZones } from './serve-zones.ts';
import { recordTypes } from './wire/record-type.ts';
import { normalise } from './zone/answer/testing/normalised-answer.ts';
import { QuestionClient } from './zone/answer/testing/question-client.ts';

const text = '@ 300 SOA ns1 hostmaster 1 14400 3600 1209600 300\n@ 300 NS ns1\nns1 300 A 192.0.2.53\n';

async function ask(port: number, name: string): Promise<readonly string[]> {
  await using client = new QuestionClient(port);
  const { rcode, answer } = normalise(await client.ask(name, recordTypes.A));
  return [rcode, ...answer];
}

describe('zones from text', () => {
  test('are served, and replaced', async () => {
    await using server = await serveZones({ zones: { 'Example.ORG': text, 'example.net.': text }, listen: ['127.0.0.1:0'] });
    const port = server.addresses.udp[0]?.port ?? 0;
    expect(await ask(port, 'ns1.example.org')).toEqual(['NOERROR', 'ns1.example.org. 300 in a 192.0.2.53']);
    expect(await ask(port, 'ns1.example.net')).toEqual(['NOERROR', 'ns1.example.net. 300 in a 192.0.2.53']);
    expect(await ask(port, 'ns1.example.com')).toEqual(['REFUSED']);
    server.replace('example.org', text.replace('2.53', '2.54'));
    expect(await ask(port, 'ns1.example.org')).toEqual(['NOERROR', 'ns1.example.org. 300 in a 192.0.2.54']);
  });

  test('that are none are refused with their line, and the zone stays what it was', async () => {
    const broken = `${text}www 300 A nowhere\n`;
    await expect(serveZones({ zones: { 'example.org': broken }, listen: [] })).rejects.toMatchObject({
      code: 'SM_ZONE_FILE_INVALID',
      message: expect.stringContaining('example.org:4: '),
    });
    await using server = await serveZones({ zones: { 'example.org': text }, listen: ['127.0.0.1:0'] });
    expect(() => server.replace('example.org', broken)).toThrow(expect.objectContaining({ code: 'SM_ZONE_FILE_INVALID' }));
    expect(await ask(server.addresses.udp[0]?.port ?? 0, 'ns1.example.org')).toContain('NOERROR');
  });
});

test('the example of the README serves its zone', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const example = [...readme.matchAll(/```ts\n([^]*?)\n```/g)]
    .map((match) => match[1] as string)
    .find((code) => code.includes('serveZones')) as string;
  expect(
    example
      .trim()
      .split('\n')
      .filter((line) => line.trim() !== '').length,
  ).toBeLessThanOrEqual(6);
  const port = await freePort();
  const code = example
    .replace("'@seamark/authoritative-dns'", JSON.stringify(pathToFileURL(join(import.meta.dirname, 'index.ts')).href))
    .replace('127.0.0.1:5300', `127.0.0.1:${port}`);
  await using program = startProcess(process.execPath, ['--conditions=@seamark/source', '--input-type=module', '--eval', code]);
  expect(await ask(port, 'web.dev.example.org').catch(() => program.output())).toEqual([
    'NOERROR',
    'web.dev.example.org. 60 in a 192.0.2.1',
  ]);
});
