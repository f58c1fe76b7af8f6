import { readFileSync } from 'node:fs';
import { environmentOf, settings } from '../packages/common/src/config/index.ts';
import { describe, expect, test } from 'vitest';
import { generatedFile, generateSettingsReference, regenerate, settingsPage, settingsSchema } from './lib/settings-reference.mjs';

const generated: ReadonlyMap<string, string> = await generateSettingsReference();

describe('the reference of settings', () => {
  test.each([settingsPage, settingsSchema])('%s is what the schema of the configuration says', (path) => {
    expect(readFileSync(generatedFile(path), 'utf8'), `${path} is out of date; write it anew: ${regenerate}`).toBe(generated.get(path));
  });

  test.each(settings.map((setting) => [setting.path.join('.'), setting] as const))(
    '%s stands in it with flag, variables and key',
    (key, setting) => {
      const section = generated
        .get(settingsPage)
        ?.split(/^### /m)
        .find((text) => text.startsWith(`${key}\n`));
      expect(section).toContain(setting.secret === true ? '| flag | none' : `\`--${setting.flag}`);
      for (const variable of environmentOf(setting)) expect(section).toContain(`\`$${variable}\``);
    },
  );

  test('no pattern of the JSON schema looks around, which Go’s regexp cannot', () => {
    const patterns = [...(generated.get(settingsSchema) ?? '').matchAll(/"pattern": "(.*)"/g)].map((match) => match[1]);
    expect(patterns.length).toBeGreaterThan(0);
    for (const pattern of patterns) expect(pattern).not.toMatch(/\(\?[=!<]/);
  });
});
