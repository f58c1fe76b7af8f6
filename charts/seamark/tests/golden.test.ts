import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { chart, helm, helmRequirement, renderText, valuesFile } from './helm.ts';

describe.skipIf(unmet('the chart as rendered', helmRequirement()))('the chart as rendered', () => {
  // Written anew by vitest -u; the difference is the review.
  it.each(['home-lab', 'production', 'beside-coredns', 'guides/a-corefile'])('of %s is the golden file', async (shape) => {
    await expect(renderText(...valuesFile(shape))).toMatchFileSnapshot(`golden/${basename(shape)}.yaml`);
  });

  it('passes helm lint --strict with its defaults and with every values file', () => {
    const files = readdirSync(join(chart, 'ci'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => ['-f', join(chart, 'ci', file)]);
    for (const args of [[], ...files]) {
      const { ok, output, errors } = helm('lint', '--strict', chart, ...args);
      expect(ok, output + errors).toBe(true);
    }
  });

  it('rolls the pods of a component when its configuration changes, and of no other', () => {
    const checksums = (...args: readonly string[]): Readonly<Record<string, string>> =>
      Object.fromEntries(
        renderText(...args)
          .split(/^---$/m)
          .filter((text) => /^kind: Deployment$/m.test(text))
          .map((text) => [/^ {2}name: (.*)$/m.exec(text)?.[1] ?? '', /checksum\/config: (.*)$/m.exec(text)?.[1] ?? '']),
      );
    const before = checksums();
    const after = checksums('--set', 'dns-sync.policy=upsert-only');
    expect(Object.keys(after).filter((name) => before[name] !== after[name])).toEqual(['seamark-dns-sync']);
  });

  it('has the version of the program', () => {
    const { version } = JSON.parse(readFileSync(join(chart, '../../packages/cli/package.json'), 'utf8')) as { version: string };
    const manifest = readFileSync(join(chart, 'Chart.yaml'), 'utf8');
    expect(manifest).toContain(`\nversion: ${version}\nappVersion: ${version}\n`);
    expect(renderText()).toContain(`image: ghcr.io/seamark-dns/seamark:${version}\n`);
  });

  it('keeps the values files out of the package', () => {
    expect(readFileSync(join(chart, '.helmignore'), 'utf8').split('\n')).toEqual(expect.arrayContaining(['/ci/', '/tests/']));
  });
});
