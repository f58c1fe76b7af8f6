import { LinearRegexp } from './regexp/linear-regexp.ts';
import { ruleText } from './name-text.ts';

/** Ways to say which names a rule is for. */
export const matchKinds = ['exact', 'prefix', 'suffix', 'substring', 'regex'] as const;

/** One of {@link matchKinds}. */
export type MatchKind = (typeof matchKinds)[number];

/** Makes another name of a name, both as text; `undefined` when it is not for this name. */
export type NameChange = (name: string) => string | undefined;

/** True for one of {@link matchKinds}. */
export function isMatchKind(text: string): text is MatchKind {
  return (matchKinds as readonly string[]).includes(text);
}

/**
 * The change that FROM and TO stand for. All but regular expressions are taken as names that end: `foo` as a prefix means the label
 * `foo`. In TO of a regular expression, `{1}` stands for what its first group matched. Throws RegexpSyntaxError and RangeError.
 */
export function nameChange(kind: MatchKind, from: string, to: string): NameChange {
  if (kind === 'regex') return regexpChange(from, to);
  const fromText = ruleText(from);
  const toText = ruleText(to);
  switch (kind) {
    case 'exact':
      return (name) => (name === fromText ? toText : undefined);
    case 'prefix':
      return (name) => (name.startsWith(fromText) ? toText + name.slice(fromText.length) : undefined);
    case 'suffix':
      return (name) => (name.endsWith(fromText) ? name.slice(0, name.length - fromText.length) + toText : undefined);
    case 'substring':
      break;
  }
  return (name) => (name.includes(fromText) ? name.replaceAll(fromText, () => toText) : undefined);
}

/** Which names a pattern is for. Throws RegexpSyntaxError and RangeError. */
export function nameTest(kind: MatchKind, pattern: string): (name: string) => boolean {
  if (kind === 'regex') {
    const regexp = new LinearRegexp(pattern);
    return (name) => regexp.exec(name) !== undefined;
  }
  const change = nameChange(kind, pattern, pattern);
  return (name) => change(name) !== undefined;
}

function regexpChange(from: string, to: string): NameChange {
  const regexp = new LinearRegexp(from);
  const template = ruleText(to);
  for (const [reference, number] of template.matchAll(/\{([0-9]{1,3})\}/g)) {
    if (Number(number) > regexp.groups) throw new RangeError(`${reference} stands for a group that ${from} does not have`);
  }
  return (name) => {
    const groups = regexp.exec(name);
    return groups === undefined ? undefined : template.replaceAll(/\{([0-9]{1,3})\}/g, (_, number: string) => groups[Number(number)] ?? '');
  };
}
