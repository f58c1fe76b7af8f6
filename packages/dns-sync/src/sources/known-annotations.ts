import type { KubernetesObject } from '@seamark/common/model';
import { type AnyDecision, decision, refOf } from './derivation.ts';

/** Keys that ExternalDNS reads, without prefix. Those not acted on here belong to sources or providers that are elsewhere. */
const knownKeys: readonly string[] = [
  'hostname', 'internal-hostname', 'target', 'ttl', 'controller', 'access', 'endpoints-type', 'alias', 'record-type', 'set-identifier',
  'ingress-hostname-source', 'gateway-hostname-source', 'ingress', 'azure-tags', 'coredns-group', 'cloudflare-proxied',
  'cloudflare-custom-hostnames', 'cloudflare-region-key', 'cloudflare-record-comment', 'cloudflare-tags', 'aws-weight', 'aws-region', 'aws-failover',
  'aws-geolocation-continent-code', 'aws-geolocation-country-code', 'aws-geolocation-subdivision-code', 'aws-multi-value-answer',
  'aws-health-check-id', 'aws-evaluate-target-health', 'aws-target-hosted-zone', 'aws-hosted-zone-id',
]; // prettier-ignore

/** Keys of providers are open-ended: ExternalDNS passes any of them on. */
const providerKey = /^(?:aws|scw|webhook|coredns|cloudflare|azure)-/;

const known = new Set(knownKeys);

/** ANNOTATION_UNKNOWN for every key under one of the prefixes that nobody reads, with the nearest key that somebody does. */
export function unknownAnnotations(object: KubernetesObject, prefixes: readonly string[]): AnyDecision[] {
  const decisions: AnyDecision[] = [];
  for (const annotation of Object.keys(object.metadata.annotations ?? {})) {
    const prefix = prefixes.find((candidate) => annotation.startsWith(candidate));
    if (prefix === undefined) continue;
    const key = annotation.slice(prefix.length);
    if (known.has(key) || providerKey.test(key)) continue;
    const nearest = nearestKey(key);
    decisions.push(
      decision('ANNOTATION_UNKNOWN', refOf(object), `annotation:${annotation}`, {
        annotation,
        suggestion: nearest === undefined ? undefined : prefix + nearest,
      }),
    );
  }
  return decisions;
}

/** The known key that is fewest edits away, when that is at most a third of its length. */
function nearestKey(key: string): string | undefined {
  let best: { key: string; distance: number } | undefined;
  for (const candidate of knownKeys) {
    const distance = editDistance(key.toLowerCase(), candidate);
    if (distance <= Math.ceil(candidate.length / 3) && (best === undefined || distance < best.distance))
      best = { key: candidate, distance };
  }
  return best?.key;
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours count one each. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min((rows[i - 1]?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (rows[i - 1]?.[j - 1] ?? 0) + substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) distance = Math.min(distance, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      row.push(distance);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}
