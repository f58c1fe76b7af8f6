import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './root.mjs';
import { toolPath } from './run.mjs';

/** What is generated, relative to the checkout, and how. */
export const settingsPage = 'docs/reference/settings.md';
export const settingsSchema = 'docs/public/seamark.schema.json';
export const regenerate = 'node_modules/.bin/node scripts/generate-settings-reference.mjs';

const sectionTitles = {
  process: 'Process',
  cluster: 'Cluster',
  store: 'Store of records',
  lbController: 'lb-controller',
  dnsSync: 'dns-sync',
  authoritativeDns: 'authoritative-dns',
};

/** Path → text of both files, from the one schema of the configuration. Needs Node 24, which reads TypeScript. */
export async function generateSettingsReference() {
  const config = await import('../../packages/common/src/config/index.ts');
  return new Map([
    [settingsPage, page(config)],
    [settingsSchema, formatted(settingsSchema, JSON.stringify(config.configJsonSchema(), undefined, 2))],
  ]);
}

/** Full path of a generated file. */
export function generatedFile(path) {
  return join(root, path);
}

/** Text as the formatter has it, which looks at the file as at any other. */
export function formatted(path, text) {
  const { status, stdout, stderr, error } = spawnSync('oxfmt', [`--stdin-filepath=${path}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
    env: { ...process.env, PATH: toolPath },
  });
  if (status !== 0) throw new Error(`oxfmt could not format ${path}: ${error?.message ?? stderr}`);
  return stdout;
}

function page(config) {
  const sections = Object.entries(Object.groupBy(config.settings, (setting) => setting.path[0]));
  return `# Settings

A setting is given by its flag, by an environment variable or in the file of \`--config FILE\` (\`$SEAMARK_CONFIG\`; YAML or JSON). A flag wins over a
variable, that over the file, that over the default; of several variables the first one that is set counts. Lists may be repeated as flags, hold
commas, and be YAML lists in the file. Booleans take \`--x\`, \`--no-x\` and \`--x=false\`. A component takes the flags and variables that its command names;
of the file it reads everything, so one file serves all of them. An unknown key or a value that is not allowed stops the start with exit code 2
and one line for each.

Not together: \`cluster.manifests\` and \`cluster.kubeconfig\`; \`dnsSync.txtPrefix\` and \`dnsSync.txtSuffix\`. Only together: \`store.certFile\` and \`store.keyFile\`.

\`\`\`yaml
# yaml-language-server: $schema=seamark.schema.json
dnsSync:
  domainFilters: [example.org]
  txtOwnerId: lab
authoritativeDns:
  listen: ['127.0.0.1:1053']
\`\`\`

The JSON schema, for editors: <a href="../seamark.schema.json" target="_self">seamark.schema.json</a>.

This page and the schema are generated from \`packages/common/src/config/sections\`: \`${regenerate}\`.
${sections.map(([section, settings]) => `\n## ${sectionTitles[section] ?? section}\n\n${settings.map((setting) => entry(setting, config)).join('\n')}`).join('')}`;
}

function entry(setting, { environmentOf, configSchema }) {
  const flag = setting.kind === 'flag' ? `\`--${setting.flag}\`, \`--no-${setting.flag}\`` : `\`--${setting.flag} ${setting.value}\``;
  const rows = [
    ['flag', setting.secret === true ? 'none: a secret must not stand in an argument list' : flag],
    [
      'variables',
      environmentOf(setting)
        .map((name) => `\`$${name}\``)
        .join(', '),
    ],
    ['file', `\`${setting.path.join('.')}\``],
    ['default', setting.defaultText === undefined ? 'none' : `\`${setting.defaultText}\``],
    ['allowed', allowedOf(setting, configSchema)],
    ['commands', setting.commands.map((command) => `\`${command}\``).join(', ')],
  ];
  return `### ${setting.path.join('.')}\n\n${escape(setting.description)}.\n\n| | |\n| --- | --- |\n${rows.map(([name, text]) => `| ${name} | ${escape(text)} |`).join('\n')}\n`;
}

/** Text as Markdown in which no `<` begins an element and no `|` ends a cell. */
function escape(text) {
  return text.replaceAll('<', '&lt;').replaceAll('|', String.raw`\|`);
}

/** Values that no setting with rules of its own takes, so that its refusal says what is allowed. */
const impossible = ['', '\u0000 (', ['\u0000 ('], {}];

/** What the setting's own schema answers to an impossible value; settings without rules take any text. */
function allowedOf({ path: [section, key], kind }, configSchema) {
  let shape = configSchema.shape[section];
  while (shape.shape === undefined) shape = shape.unwrap();
  const leaf = shape.shape[key];
  for (const value of impossible) {
    for (const { message } of leaf.safeParse(value).error?.issues ?? []) {
      const [, allowed] = /^allowed(?: in this version)?: (.*)$/.exec(message) ?? [];
      if (allowed !== undefined) return kind === 'list' ? `a list of: ${allowed}` : allowed;
    }
  }
  if (kind === 'list') return 'a list of texts';
  return leaf.safeParse('').success ? 'any text' : 'any text that is not empty';
}
