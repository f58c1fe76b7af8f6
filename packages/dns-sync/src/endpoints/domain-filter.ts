import { domainToUnicode } from 'node:url';
import { SeamarkError } from '@seamark/common/errors';
import { isSubdomainOf, parentDnsName, tryNormalizeDnsName } from '@seamark/common/model';

/** ExternalDNS's four filter flags. When a regular expression is given, the two lists are not looked at. */
export interface DomainFilterOptions {
  /** Names at or below one of these; with a leading dot, below only. Empty = all. */
  readonly domainFilters?: readonly string[];
  /** Names at or below one of these (below only, with a leading dot) are left out. */
  readonly excludeDomains?: readonly string[];
  /** Matched anywhere in the name's Unicode form. */
  readonly regexDomainFilter?: string;
  /** Names in which this matches are left out, before regexDomainFilter is looked at. */
  readonly regexDomainExclusion?: string;
}

/** A compiled domain filter. */
export interface DomainFilter {
  matches(name: string): boolean;
  /** The filter as people read it: `apps.example.org`, `not int.example.org`, `/regex/`. */
  readonly description: readonly string[];
  /** What to change so that `name` passes, in the imperative: `add env.example.org`. */
  advice(name: string): string;
}

/** Compiles filters. Throws SM_CONFIG_INVALID for a text that is not a name or not a regular expression. */
export function createDomainFilter(options: DomainFilterOptions = {}): DomainFilter {
  const include = compileRegex(options.regexDomainFilter, 'regex domain filter');
  const exclude = compileRegex(options.regexDomainExclusion, 'regex domain exclusion');
  if (include !== undefined || exclude !== undefined) return createRegexFilter(include, exclude);

  const included = compileList(options.domainFilters, 'domain filter');
  const excluded = compileList(options.excludeDomains, 'exclude domain');
  return {
    matches: (name) =>
      (included.length === 0 || included.some((entry) => entry.matches(name))) && !excluded.some((entry) => entry.matches(name)),
    description: [...included.map((entry) => entry.text), ...excluded.map((entry) => `not ${entry.text}`)],
    advice(name) {
      const exclusion = excluded.find((entry) => entry.matches(name));
      if (exclusion !== undefined) return `remove the exclusion of ${exclusion.text}`;
      // The zone that holds the name is not known; its parent is what people write into the filter.
      const parent = parentDnsName(name);
      return `add ${parent === undefined || !parent.includes('.') || parent === '.' ? name : parent}`;
    },
  };
}

function createRegexFilter(include: RegExp | undefined, exclude: RegExp | undefined): DomainFilter {
  return {
    matches(name) {
      const unicode = domainToUnicode(name) || name;
      if (exclude?.test(unicode) === true) return false;
      return include === undefined || include.test(unicode);
    },
    description: [...(include === undefined ? [] : [`/${include.source}/`]), ...(exclude === undefined ? [] : [`not /${exclude.source}/`])],
    advice: (name) => `let the regular expression match ${name}`,
  };
}

interface ListEntry {
  readonly text: string;
  matches(name: string): boolean;
}

function compileList(texts: readonly string[] | undefined, option: string): ListEntry[] {
  return (texts ?? [])
    .map((text) => text.trim())
    .filter((text) => text !== '' && text !== '.')
    .map((text) => {
      const below = text.startsWith('.');
      const domain = tryNormalizeDnsName(below ? text.slice(1) : text);
      if (!domain.ok) throw new SeamarkError('SM_CONFIG_INVALID', `${option} "${text}" is not a name: ${domain.problem}`);
      return {
        text: below ? `.${domain.value}` : domain.value,
        matches: (name: string) => isSubdomainOf(name, domain.value) && !(below && name === domain.value),
      };
    });
}

function compileRegex(text: string | undefined, option: string): RegExp | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    // Go writes case-insensitivity as a prefix; the rest of what people use means the same in both languages.
    return text.startsWith('(?i)') ? new RegExp(text.slice(4), 'i') : new RegExp(text);
  } catch (cause) {
    throw new SeamarkError('SM_CONFIG_INVALID', `${option} "${text}" is not a regular expression`, { cause });
  }
}
