export { configJsonSchema } from './json-schema.ts';
export { loadConfig, nearest } from './load-config.ts';
export type { ConfigSources } from './load-config.ts';
export { configSchema } from './schema.ts';
export type { Config } from './schema.ts';
export { builtSources } from './sections/dns-sync-settings.ts';
export type { CommandName } from './setting.ts';
export { environmentOf, settings, settingsOf } from './settings.ts';
export type { Setting } from './settings.ts';
