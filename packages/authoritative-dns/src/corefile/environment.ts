/** Takes the value of an environment variable; `undefined` when it is not set. */
export type Environment = (name: string) => string | undefined;

const reference = /\{%(.+?)%\}|\{\$([^}]+)\}/g;

/** Puts the environment's values in the place of `{$NAME}` and `{%NAME%}`; `onUnset` hears of the names that become nothing. */
export function expandEnvironment(text: string, environment: Environment, onUnset: (name: string) => void): string {
  if (!text.includes('{')) return text;
  return text.replaceAll(reference, (_whole, percent: string | undefined, dollar: string) => {
    const name = percent ?? dollar;
    const value = environment(name);
    if (value === undefined) onUnset(name);
    return value ?? '';
  });
}
