// Writes charts/seamark/values.schema.json and the table of values in charts/seamark/README.md.
import { writeFileSync } from 'node:fs';
import { main, progress } from './lib/run.mjs';
import { generatedFile } from './lib/settings-reference.mjs';
import { generateValuesReference } from './lib/values-reference.mjs';

main(async () => {
  for (const [path, text] of await generateValuesReference()) {
    writeFileSync(generatedFile(path), text);
    progress(`wrote ${path}`);
  }
});
