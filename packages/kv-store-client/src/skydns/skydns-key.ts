import { dnsNameLabels, type ParseResult, parsed, tryNormalizeDnsName, unparsable } from '@seamark/common/model';

/** The prefix of CoreDNS's and ExternalDNS's defaults. */
export const defaultSkydnsPrefix = '/skydns/';

/**
 * A prefix as people write it (`skydns`, `/skydns`, `/dns/prod/`) with exactly one slash at both ends and between segments, any
 * number of them; `/` when there is none. Everything else here takes only this form.
 */
export function normalizeSkydnsPrefix(text: string): string {
  const segments = text.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.length === 0 ? '/' : `/${segments.join('/')}/`;
}

/**
 * The key of a normalised name: the labels reversed below the prefix, then `leaf` when given. `/skydns/org/example/web/5f0c3a91`.
 * A label is one segment: a slash inside it is written `\047`, so that it stays one (RFC 2317 names have them), where CoreDNS and
 * ExternalDNS make two segments of it and lose the name.
 */
export function skydnsKeyOf(prefix: string, name: string, leaf?: string): string {
  const segments = dnsNameLabels(name).toReversed();
  if (leaf !== undefined) segments.push(leaf);
  return prefix + (name.includes('/') ? segments.map((segment) => segment.replaceAll('/', String.raw`\047`)) : segments).join('/');
}

/** What every key strictly below a name starts with. */
export function skydnsSubtreeOf(prefix: string, name: string): string {
  return name === '.' ? prefix : `${skydnsKeyOf(prefix, name)}/`;
}

/**
 * The normalised name that a key stands for, leaf included; the whole prefix is cut, however many segments it has (CoreDNS cuts
 * one). Upper case and Unicode in keys are normalised, a dot inside a segment belongs to the label. Fails for keys outside the
 * prefix, empty segments, and segments that are no labels.
 */
export function tryParseSkydnsKey(prefix: string, key: string): ParseResult<string> {
  if (!key.startsWith(prefix)) return unparsable(`the key is not below ${prefix}`);
  const path = key.slice(prefix.length);
  if (path === '') return parsed('.');
  const segments = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  if (segments.includes('')) return unparsable('the key has an empty segment ("//")');
  if (!/[.\\]/.test(path)) return tryNormalizeDnsName(segments.toReversed().join('.'));
  const unfinished = segments.find((segment) => !/^(?:[^\\]|\\[^])*$/.test(segment));
  if (unfinished !== undefined) return unparsable(`segment "${unfinished}" ends in the middle of an escape`);
  return tryNormalizeDnsName(segments.map(escapeDots).toReversed().join('.'));
}

/** The name without its first `count` labels; fails when it has fewer. */
export function stripLabels(name: string, count: number): ParseResult<string> {
  if (count === 0) return parsed(name);
  const labels = dnsNameLabels(name);
  if (count > labels.length) return unparsable(`targetstrip is ${count}, but the key has only ${labels.length} labels`);
  return parsed(count === labels.length ? '.' : labels.slice(count).join('.'));
}

function escapeDots(segment: string): string {
  return segment.replaceAll(/\\[^]|\./g, (match) => (match === '.' ? String.raw`\.` : match));
}
