import { type Command, Option } from 'commander';
import { type CommandName, environmentOf, type Setting, settingsOf } from '@seamark/common/config';

/** What was typed for each setting: flag name → value(s). */
export type TypedFlags = Record<string, string | boolean | readonly string[]>;

/**
 * Adds a flag for every setting of a command. Values are collected as typed; the schema judges them, so that a flag, a variable and
 * a file key give the same message. Lists may be repeated or hold commas; booleans take `--x`, `--no-x` and `--x=true|false`.
 */
export function addSettings(command: Command, name: CommandName, flags: TypedFlags): void {
  for (const setting of settingsOf(name)) {
    if (setting.secret === true) continue;
    command.addOption(option(setting, flags));
    if (setting.kind === 'flag') {
      command.addOption(
        new Option(`--no-${setting.flag}`)
          .hideHelp()
          .argParser(() => false)
          .default(undefined),
      );
      command.on(`option:no-${setting.flag}`, () => {
        flags[setting.flag] = false;
      });
    }
  }
}

function option(setting: Setting, flags: TypedFlags): Option {
  const value = setting.kind === 'flag' ? ' [BOOL]' : ` <${setting.value}>`;
  const created = new Option(`--${setting.flag}${value}`, describe(setting));
  created.argParser((text: string) => {
    const before = flags[setting.flag];
    flags[setting.flag] = setting.kind === 'list' && Array.isArray(before) ? [...before, text] : setting.kind === 'list' ? [text] : text;
    return flags[setting.flag];
  });
  // `--x` alone never calls the parser.
  if (setting.kind === 'flag') created.preset('true');
  return created;
}

function describe(setting: Setting): string {
  const variable = environmentOf(setting).at(-1) as string;
  const fallback = setting.defaultText === undefined || setting.kind === 'flag' ? '' : `, default ${setting.defaultText}`;
  return `${setting.description} ($${variable}${fallback})`;
}
