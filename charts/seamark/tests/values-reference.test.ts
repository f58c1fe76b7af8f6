import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const reference = (await import(resolve(root, 'scripts/lib/values-reference.mjs'))) as {
  readonly chartReadme: string;
  readonly valuesSchema: string;
  readonly generateValuesReference: () => Promise<ReadonlyMap<string, string>>;
};
const { chartReadme, valuesSchema } = reference;
const generated = await reference.generateValuesReference();

describe('the reference of values', () => {
  it.each([valuesSchema, chartReadme])('%s is what the schemas say', (path) => {
    expect(
      readFileSync(resolve(root, path), 'utf8'),
      `${path} is out of date; write it anew: node_modules/.bin/node scripts/generate-values-schema.mjs`,
    ).toBe(generated.get(path));
  });

  it('has no pattern that looks around, which Go’s regexp cannot', () => {
    const patterns = [...(generated.get(valuesSchema) ?? '').matchAll(/"pattern": "(.*)"/g)].map((match) => match[1]);
    expect(patterns.length).toBeGreaterThan(0);
    for (const pattern of patterns) expect(pattern).not.toMatch(/\(\?[=!<]/);
  });

  it('describes every value', () => {
    const readme = generated.get(chartReadme) ?? '';
    const rows = readme.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(200);
    for (const row of rows) expect(row).toMatch(/^\| `[^`]+` \| [A-Z].* \|.*\|$/);
  });
});
