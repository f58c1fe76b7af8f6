// Writes docs/reference/settings.md and docs/public/seamark.schema.json from the schema of the configuration.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { main, progress } from './lib/run.mjs';
import { generatedFile, generateSettingsReference } from './lib/settings-reference.mjs';

main(async () => {
  for (const [path, text] of await generateSettingsReference()) {
    mkdirSync(dirname(generatedFile(path)), { recursive: true });
    writeFileSync(generatedFile(path), text);
    progress(`wrote ${path}`);
  }
});
