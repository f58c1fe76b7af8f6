import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { SeamarkError, messageOf } from '../errors/index.ts';
import { type Config, configSchema } from './schema.ts';
import { environmentOf, type Setting, settings } from './settings.ts';

/** Where {@link loadConfig} takes values from; flags win over the environment, that over the file, that over defaults. */
export interface ConfigSources {
  /** Flag name without dashes → value(s) as typed. */
  readonly flags: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** YAML or JSON file with the keys of the schema. */
  readonly file?: string | undefined;
  /** Settings that this command takes; others are read from the file only. Default: all. */
  readonly accepted?: readonly Setting[];
}

/**
 * Makes the configuration. Throws SM_CONFIG_UNREADABLE for a file that cannot be read, SM_CONFIG_INVALID with one line for each
 * unknown key and each bad value: where it was given, its path, and what is allowed. Nothing has been started then.
 */
export function loadConfig(sources: ConfigSources): Config {
  const raw = sources.file === undefined ? {} : readFile(sources.file);
  const origin = new Map<string, string>(); // dotted path → where the value was given
  for (const setting of sources.accepted ?? settings) {
    const given = fromFlag(setting, sources) ?? fromEnvironment(setting, sources);
    if (given === undefined) continue;
    const [section, key] = setting.path;
    raw[section] = { ...(typeof raw[section] === 'object' ? raw[section] : {}), [key]: given.value };
    origin.set(setting.path.join('.'), given.where);
  }
  const result = configSchema.safeParse(raw);
  if (result.success) return result.data;
  const lines = result.error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    const where = origin.get(path.slice(0, 2).join('.')) ?? sources.file ?? 'configuration';
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const known = knownKeys(path);
        const near = nearest(key, known);
        return `${where}: ${[...path, key].join('.')}: unknown key${near === undefined ? '' : `, did you mean ${near}?`} (allowed: ${known.join(', ')})`;
      });
    }
    return [`${where}: ${path.join('.')}: ${describeValue(raw, path)}${issue.message}`];
  });
  throw new SeamarkError('SM_CONFIG_INVALID', lines.join('\n'));
}

function readFile(file: string): Record<string, Record<string, unknown>> {
  let content: unknown;
  try {
    const text = readFileSync(file, 'utf8');
    // Nothing but blanks and comments is a configuration of defaults.
    content = /^(\s*(#.*)?\n?)*$/.test(text) ? {} : (load(text) ?? {});
  } catch (cause) {
    throw new SeamarkError('SM_CONFIG_UNREADABLE', `${file}: ${messageOf(cause)}`, { cause });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new SeamarkError('SM_CONFIG_INVALID', `${file}: the file must hold keys and values (allowed: ${knownKeys([]).join(', ')})`);
  }
  return { ...(content as Record<string, Record<string, unknown>>) };
}

function fromFlag(setting: Setting, { flags }: ConfigSources): { value: unknown; where: string } | undefined {
  const value = flags[setting.flag];
  return value === undefined ? undefined : { value, where: `--${setting.flag}` };
}

function fromEnvironment(setting: Setting, { env }: ConfigSources): { value: unknown; where: string } | undefined {
  for (const name of environmentOf(setting)) {
    const value = env[name];
    if (value !== undefined && value !== '') return { value, where: `$${name}` };
  }
  return undefined;
}

function knownKeys(path: readonly string[]): readonly string[] {
  return path.length === 0
    ? Object.keys(configSchema.shape)
    : settings.filter((setting) => setting.path[0] === path[0]).map((setting) => setting.path[1]);
}

function describeValue(raw: Record<string, unknown>, path: readonly string[]): string {
  let value: unknown = raw;
  for (const key of path) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return value === undefined || typeof value === 'object'
    ? ''
    : `"${typeof value === 'string' ? value : JSON.stringify(value)}" is not possible; `;
}

/** The known word within two edits, if any. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= 2 && (best === undefined || distance < best.distance)) best = { word: candidate, distance };
  }
  return best?.word;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
