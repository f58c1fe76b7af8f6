import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { root } from './root.mjs';
import { formatted } from './settings-reference.mjs';
import { umbrellaValues } from './values-schema/umbrella.mjs';

// The YAML reader is common's dependency, not one of the checkout.
const { load } = createRequire(join(root, 'packages/common/package.json'))('js-yaml');

const chart = 'charts/seamark';
/** What `node_modules/.bin/node scripts/generate-values-schema.mjs` writes, relative to the checkout. */
export const valuesSchema = `${chart}/values.schema.json`;
export const chartReadme = `${chart}/README.md`;

const tableStart = '<!-- values: generated -->';
const tableEnd = '<!-- end of values -->';

/** Path → text of the chart's schema and of its README with the table of values. Needs Node 24, which reads TypeScript. */
export async function generateValuesReference() {
  const { configJsonSchema } = await import('../../packages/common/src/config/index.ts');
  const handlers = '../../packages/authoritative-dns/src/handlers';
  const [{ directiveOrder }, { missingDirectives }] = await Promise.all([
    import(`${handlers}/directive-order.ts`),
    import(`${handlers}/missing-directives.ts`),
  ]);
  const directives = [...directiveOrder.filter((name) => !Object.hasOwn(missingDirectives, name)), 'import'];
  const schema = umbrellaValues(configJsonSchema().properties, directives);
  return new Map([
    [valuesSchema, formatted(valuesSchema, JSON.stringify(withoutMarks(schema), undefined, 2))],
    [chartReadme, formatted(chartReadme, readmeWith(tablesOf(schema)))],
  ]);
}

/** Our own marks are no words of JSON Schema. Defaults of the configuration are the program's, not the chart's. */
function withoutMarks(schema) {
  if (Array.isArray(schema)) return schema.map(withoutMarks);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => key !== 'default' && !key.startsWith('x-'))
      .map(([key, value]) => [key, withoutMarks(value)]),
  );
}

function readmeWith(tables) {
  const text = readFileSync(join(root, chartReadme), 'utf8');
  const [start, end] = [text.indexOf(tableStart), text.indexOf(tableEnd)];
  if (start === -1 || end === -1) throw new Error(`${chartReadme} has no place for the table of values (${tableStart} … ${tableEnd})`);
  return `${text.slice(0, start + tableStart.length)}\n\n${tables}\n${text.slice(end)}`;
}

/** The chart's defaults: values.yaml of the umbrella over those of the subcharts. */
function defaults() {
  const read = (path) => load(readFileSync(join(root, chart, path), 'utf8')) ?? {};
  const umbrella = read('values.yaml');
  for (const name of readdirSync(join(root, chart, 'charts')))
    umbrella[name] = { ...read(`charts/${name}/values.yaml`), ...umbrella[name] };
  return umbrella;
}

function tablesOf(schema) {
  const values = defaults();
  return Object.entries(schema.properties)
    .map(([name, part]) => {
      const rows = part.properties === undefined ? [row(name, part, values[name])] : rowsOf(part, name, values[name]);
      return `### ${name}\n\n${part.description}.\n\n| value | meaning | default |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
    })
    .join('\n');
}

function rowsOf(schema, path, values) {
  return Object.entries(schema.properties ?? {}).flatMap(([key, part]) => {
    if (part['x-hidden'] === true) return [];
    const below = `${path}.${key}`;
    const value = values?.[key];
    // MetalLB's second spelling of the same values needs no second table.
    return part.properties === undefined || key === 'controller' ? [row(below, part, value)] : rowsOf(part, below, value);
  });
}

function row(path, schema, value) {
  const allowed = schema.enum ?? schema.items?.enum;
  const meaning = `${schema.description}${allowed === undefined ? '' : `: ${allowed.join(', ')}`}`;
  const shown =
    value === undefined || value === null || value === '' || schema['x-refused'] === true
      ? ''
      : `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``;
  return `| \`${path}\` | ${meaning.replaceAll('|', '\\|').replaceAll('<', '&lt;')} | ${shown} |`;
}
