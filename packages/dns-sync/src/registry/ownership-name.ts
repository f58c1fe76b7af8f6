import { SeamarkError } from '@seamark/common/errors';
import { dnsNameLabels, type ParseResult, parsed, type RecordType, tryDnsNameToWire, unparsable } from '@seamark/common/model';

const typeTemplate = '%{record_type}';

/** The record types whose ownership names can be told by their type word; longer words first, so that `aaaa-` is not `a-`. */
const typeWords: readonly (readonly [string, RecordType])[] = (
  ['CNAME', 'DNAME', 'NAPTR', 'AAAA', 'SRV', 'PTR', 'TXT', 'NS', 'MX', 'A'] as const
).map((type) => [type.toLowerCase(), type]);

/** How the names of ownership records are made: ExternalDNS's --txt-prefix, --txt-suffix and --txt-wildcard-replacement. */
export interface OwnershipNameOptions {
  /** Goes before the first label; may contain `%{record_type}` and dots. Default empty. Lower-cased. */
  readonly prefix?: string;
  /** Goes behind the first label; may contain `%{record_type}` and dots. Default empty. Lower-cased. Excludes `prefix`. */
  readonly suffix?: string;
  /** Stands for a first label that is exactly `*`. Default empty: the asterisk stays. Lower-cased. */
  readonly wildcardReplacement?: string;
}

/** A record that an ownership name may speak of; without `recordType` it is the old form, which covers every type but AAAA. */
export interface OwnedName {
  readonly name: string;
  readonly recordType?: RecordType;
}

/** Maps names of records to names of their ownership TXTs and back. */
export interface OwnershipNames {
  /** The name of the ownership TXT of a record. Fails when it breaks the limits of a DNS name, so that none can exist. */
  ownershipNameOf(name: string, recordType: RecordType): ParseResult<string>;
  /** The name that the ownership TXT of a record had before it carried the type; undefined when it is no DNS name. */
  oldOwnershipNameOf(name: string): string | undefined;
  /**
   * The records that a TXT of this name may own, likeliest first: with the type in the name; with the wildcard instead of its
   * replacement; the old form without type. More than one because names are ambiguous: `a-b.example.org` is the typed form for
   * `b.example.org` and the old form for `a-b.example.org`. Take the first of which a record exists. Empty when the affix is missing.
   */
  ownedNamesOf(ownershipName: string): readonly OwnedName[];
}

/** Makes the mapping. Throws SM_CONFIG_INVALID when both a prefix and a suffix are given. */
export function createOwnershipNames(options: OwnershipNameOptions = {}): OwnershipNames {
  const prefix = (options.prefix ?? '').toLowerCase();
  const suffix = (options.suffix ?? '').toLowerCase();
  const wildcardReplacement = (options.wildcardReplacement ?? '').toLowerCase();
  if (prefix !== '' && suffix !== '') {
    throw new SeamarkError('SM_CONFIG_INVALID', `txt-prefix "${prefix}" and txt-suffix "${suffix}" exclude each other: give one of them`);
  }
  const typeInAffix = prefix.includes(typeTemplate) || suffix.includes(typeTemplate);

  const ownershipNameOf = (name: string, recordType: RecordType): ParseResult<string> => {
    const end = firstLabelEnd(name);
    const first = name.slice(0, end);
    const word = recordType.toLowerCase();
    const label = first === '*' && wildcardReplacement !== '' ? wildcardReplacement : first;
    const typed = typeInAffix ? label : `${word}-${label}`;
    const result = prefix.replaceAll(typeTemplate, word) + typed + suffix.replaceAll(typeTemplate, word) + name.slice(end);
    // Called for every type of every name that is planned: what is certainly within the limits is not looked at octet by octet.
    if (result.length - name.length + end <= 63 && result.length < 250 && !/^\.|\.\.|\\/.test(result)) return parsed(result);
    const wire = tryDnsNameToWire(result);
    return wire.ok ? parsed(result) : unparsable(`its ownership record cannot be named ${result}: ${wire.problem}`);
  };

  /** What is left of a name without the affixes, whose template is replaced by `word`. */
  const withoutAffix = (name: string, word: string): string | undefined => {
    const start = prefix.replaceAll(typeTemplate, word);
    const end = suffix.replaceAll(typeTemplate, word);
    if (!name.startsWith(start)) return undefined;
    const bare = name.slice(start.length);
    if (end === '') return bare === '' || bare.startsWith('.') ? undefined : bare;
    // The suffix ends the first label, and brings labels of its own when it contains dots.
    const labels = dnsNameLabels(bare);
    const head = labels.slice(0, 1 + dotsIn(end)).join('.');
    if (!head.endsWith(end) || head.length === end.length) return undefined;
    return [head.slice(0, -end.length), ...labels.slice(1 + dotsIn(end))].join('.');
  };

  const typedNamesOf = (name: string): OwnedName[] => {
    const typed: OwnedName[] = [];
    const untyped = withoutAffix(name, '');
    for (const [word, recordType] of typeWords) {
      if (typeInAffix) {
        const bare = withoutAffix(name, word);
        if (bare !== undefined) typed.push({ name: bare, recordType });
      }
      // Also with the template: older releases wrote the type here whatever the affix said.
      if (untyped?.startsWith(`${word}-`) === true && untyped.length > word.length + 1) {
        typed.push({ name: untyped.slice(word.length + 1), recordType });
      }
    }
    return typed;
  };

  return {
    ownershipNameOf,
    oldOwnershipNameOf(name) {
      const end = firstLabelEnd(name);
      const first = name.slice(0, end);
      const label = first === '*' && wildcardReplacement !== '' ? wildcardReplacement : first;
      const result = prefix.replaceAll(typeTemplate, '') + label + suffix.replaceAll(typeTemplate, '') + name.slice(end);
      return tryDnsNameToWire(result).ok ? result : undefined;
    },
    ownedNamesOf(ownershipName) {
      const name = ownershipName.toLowerCase();
      const untyped = withoutAffix(name, '');
      const candidates = [...typedNamesOf(name), ...(untyped === undefined ? [] : [{ name: untyped }])];
      if (wildcardReplacement === '') return candidates;
      return candidates.flatMap((candidate) => {
        const [first, ...rest] = dnsNameLabels(candidate.name);
        return first === wildcardReplacement ? [candidate, { ...candidate, name: ['*', ...rest].join('.') }] : [candidate];
      });
    },
  };
}

/** Where the first label of a normalised name ends; the root has none. */
function firstLabelEnd(name: string): number {
  if (name === '.') return 0;
  if (name.includes('\\')) return (dnsNameLabels(name)[0] ?? '').length;
  const dot = name.indexOf('.');
  return dot < 0 ? name.length : dot;
}

function dotsIn(text: string): number {
  return text.split('.').length - 1;
}
