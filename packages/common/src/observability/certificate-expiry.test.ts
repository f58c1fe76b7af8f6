import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { measureCertificates } from './certificate-expiry.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'seamark-certificates-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function certificate(name: string, days: number): string {
  const file = join(folder, name);
  const made = spawnSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=x -days ${days} -keyout ${file}.key -out ${file}`.split(
      ' ',
    ),
  );
  expect(made.status, String(made.stderr)).toBe(0);
  return file;
}

it('a bundle ends with its first certificate, a renewed file is read again, and what is no certificate has no value', async () => {
  const short = certificate('short.pem', 3);
  const bundle = certificate('bundle.pem', 90);
  writeFileSync(bundle, readFileSync(bundle, 'utf8') + readFileSync(short, 'utf8'));
  const text = join(folder, 'text.pem');
  writeFileSync(text, 'no certificate');
  const registry = new Registry();
  measureCertificates(registry, [bundle, text, join(folder, 'absent.pem')]);
  const days = async (): Promise<(number | string)[][]> => {
    const values = (await registry.getMetricsAsJSON())[0]?.values ?? [];
    return values.map(({ labels, value }) => [String(labels['file']), Math.round((value - Date.now() / 1000) / 86_400)]);
  };
  expect(await days()).toEqual([[bundle, 3]]);
  writeFileSync(bundle, readFileSync(certificate('renewed.pem', 90)));
  utimesSync(bundle, new Date(), new Date(Date.now() + 5_000));
  expect(await days()).toEqual([[bundle, 90]]);
});
