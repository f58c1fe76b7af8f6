import { z } from 'zod';
import { configSchema } from './schema.ts';
import { type CommandName, settingMeta, type SettingMeta } from './setting.ts';

/** One leaf of the configuration with everything that help, flags and docs need. */
export interface Setting extends SettingMeta {
  /** Keys in the configuration file: `['dnsSync', 'domainFilters']`. */
  readonly path: readonly [section: string, key: string];
  readonly description: string;
  readonly kind: 'flag' | 'list' | 'value';
  /** Default as text for help; absent when there is none. */
  readonly defaultText?: string;
}

/** Every setting, in the order of the schema. */
export const settings: readonly Setting[] = Object.entries(configSchema.shape).flatMap(([section, schema]) =>
  Object.entries((unwrap(schema) as z.ZodObject).shape).flatMap(([key, leaf]) => {
    const meta = settingMeta(leaf as z.ZodType);
    if (meta === undefined) throw new Error(`setting ${section}.${key} is not declared with setting()`);
    const sample = (leaf as z.ZodType).safeParse(undefined);
    const value: unknown = sample.success ? sample.data : undefined;
    const defaultText = Array.isArray(value)
      ? value.join(',')
      : typeof value === 'string'
        ? value
        : value === undefined
          ? ''
          : JSON.stringify(value);
    return [
      {
        ...meta,
        path: [section, key] as const,
        description: (leaf as z.ZodType).meta()?.description ?? '',
        kind: meta.value === undefined ? 'flag' : Array.isArray(value) ? 'list' : 'value',
        ...(defaultText === '' ? {} : { defaultText }),
      } satisfies Setting,
    ];
  }),
);

/** The settings that a command takes. */
export function settingsOf(command: CommandName): readonly Setting[] {
  return settings.filter((candidate) => candidate.commands.includes(command));
}

/** Environment variables of a setting, in order of preference. */
export function environmentOf(of: Setting): readonly string[] {
  return [`SEAMARK_${of.flag.toUpperCase().replaceAll('-', '_')}`, ...(of.env ?? [])];
}

function unwrap(schema: unknown): z.ZodType {
  let inner = schema as z.ZodType;
  while (inner instanceof z.ZodPrefault || inner instanceof z.ZodDefault || inner instanceof z.ZodOptional)
    inner = inner.unwrap() as z.ZodType;
  return inner;
}
