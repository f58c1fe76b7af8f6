import { z } from 'zod';

/** The commands of the binary that a setting belongs to. */
export type CommandName =
  | 'up'
  | 'plan'
  | 'lb-controller'
  | 'dns-sync'
  | 'authoritative-dns'
  | 'install-crds'
  | 'etcd prepare-secrets'
  | 'etcd join'
  | 'etcd enable-auth'
  | 'verify';

/** How one setting is given from outside, besides its key in the configuration file. */
export interface SettingMeta {
  /** Long flag without dashes: `domain-filter`. A boolean also gets `no-<flag>`. */
  readonly flag: string;
  /** Environment variables, in order of preference, besides `SEAMARK_<FLAG>`. */
  readonly env?: readonly string[];
  /** Placeholder of the value in help texts: `DIR`, `URL,…`. Absent for booleans. */
  readonly value?: string;
  readonly commands: readonly CommandName[];
  /** Only from the environment or the file: a secret must not stand in an argument list. */
  readonly secret?: boolean;
}

const registry = z.registry<SettingMeta>();

/** Declares a leaf of the configuration: its schema, its sentence for help and docs, and how it is given. */
export function setting<S extends z.ZodType>(schema: S, description: string, meta: SettingMeta): S {
  const described = schema.meta({ description });
  registry.add(described, meta);
  return described;
}

/** The {@link SettingMeta} of a leaf, or undefined for a section. */
export function settingMeta(schema: z.ZodType): SettingMeta | undefined {
  return registry.get(schema);
}

/** A list that may be written as a YAML list or as text with commas or line breaks; blanks around items are dropped. */
export function listOf<S extends z.ZodType<string>>(item: S) {
  return z.preprocess(
    (input) => {
      const texts = typeof input === 'string' ? [input] : input;
      return Array.isArray(texts) && texts.every((text) => typeof text === 'string')
        ? texts
            .flatMap((text: string) => text.split(/[,\n]/))
            .map((text) => text.trim())
            .filter((text) => text !== '')
        : input;
    },
    z.array(item, 'allowed: a list, or text with commas'),
  );
}

/** true or false, also as the text that environment variables and `--flag=true` carry. */
export const flagSchema = z.preprocess((input) => {
  if (typeof input !== 'string') return input;
  const text = input.trim().toLowerCase();
  if (['true', 'yes', '1', 'on', ''].includes(text)) return true;
  if (['false', 'no', '0', 'off'].includes(text)) return false;
  return input;
}, z.boolean('allowed: true, false'));

/** A whole number of seconds in a range, as number or text. */
export function secondsSchema(minimum: number, maximum: number) {
  return wholeNumberSchema(minimum, maximum, 'a whole number of seconds');
}

/** A whole number in a range, as number or text. */
export function wholeNumberSchema(minimum: number, maximum: number, what = 'a whole number') {
  const allowed = `allowed: ${what} from ${minimum} to ${maximum}`;
  return z.preprocess(
    (input) => (typeof input === 'string' && /^\d+$/.test(input.trim()) ? Number(input) : input),
    z.number(allowed).int(allowed).min(minimum, allowed).max(maximum, allowed),
  );
}

/** `HOST:PORT`, `[IPV6]:PORT` or `:PORT` (all addresses). */
export const listenAddressSchema = z
  .string('allowed: HOST:PORT, [IPV6]:PORT or :PORT')
  .regex(/^(\[[0-9a-fA-F:.]+\]|[0-9.]*|localhost):\d{1,5}$/, { error: 'allowed: HOST:PORT, [IPV6]:PORT or :PORT', abort: true })
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'allowed: a port from 0 to 65535');

/** A prefix of keys: `skydns`, `/skydns` and `/skydns/` are the same; the value starts and ends with a slash. */
export const keyPrefixSchema = z.preprocess(
  (input) => (typeof input === 'string' ? `/${input}/`.replaceAll(/\/{2,}/g, '/') : input),
  z.string('allowed: a path'),
);
