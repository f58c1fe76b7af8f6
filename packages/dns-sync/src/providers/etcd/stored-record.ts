import { type Endpoint, type RecordType, formatAddress, isReverseName } from '@seamark/common/model';
import type { SkydnsEntry, SkydnsValue } from '@seamark/kv-store-client/skydns';
import { type OwnershipLabels, tryParseOwnershipText } from '../../registry/index.ts';

/** The provider property that ExternalDNS keeps in a value's `group`. */
export const groupProperty = 'coredns/group';

/** What one key says: at most a record in `host`, and a record or an ownership claim in `text`. */
export interface StoredRecords {
  readonly host?: { readonly type: RecordType; readonly target: string };
  readonly text?: { readonly kind: 'record'; readonly target: string } | { readonly kind: 'ownership'; readonly labels: OwnershipLabels };
}

/**
 * Reads the records of a decoded value. A name host with `mail` is an MX, one with a port an SRV (SkyDNS would answer it as an
 * alias as well); priority and weight 0 are stored as absent.
 */
export function recordsOf(entry: SkydnsEntry): StoredRecords {
  let host: StoredRecords['host'];
  let text: StoredRecords['text'];
  for (const record of entry.records) {
    switch (record.type) {
      case 'A':
      case 'AAAA':
        host = { type: record.type, target: formatAddress(record.address) };
        break;
      case 'PTR':
        host = { type: 'PTR', target: record.target };
        break;
      case 'CNAME':
        host = nameHost(entry.value, record.target);
        break;
      case 'TXT': {
        const labels = tryParseOwnershipText(record.text);
        text = labels.ok ? { kind: 'ownership', labels: labels.value } : { kind: 'record', target: record.text };
        break;
      }
    }
  }
  return { ...(host === undefined ? {} : { host }), ...(text === undefined ? {} : { text }) };
}

function nameHost(value: SkydnsValue, target: string): { readonly type: RecordType; readonly target: string } {
  if (value.mail === true) return { type: 'MX', target: `${value.priority ?? 0} ${target}` };
  if (value.port !== undefined && value.port > 0)
    return { type: 'SRV', target: `${value.priority ?? 0} ${value.weight ?? 0} ${value.port} ${target}.` };
  return { type: 'CNAME', target };
}

/** The value of one target, without targetstrip. `endpoint` has passed {@link storeProblem}. */
export function valueOf(endpoint: Endpoint, target: string): SkydnsValue {
  const group = endpoint.providerSpecific.find((property) => property.name === groupProperty)?.value;
  const shared: SkydnsValue = {
    ...(endpoint.recordTTL === undefined ? {} : { ttl: endpoint.recordTTL }),
    ...(group === undefined ? {} : { group }),
  };
  if (endpoint.recordType === 'TXT') return { ...shared, text: target };
  if (endpoint.recordType === 'MX') {
    const [preference = '0', host = ''] = target.split(' ');
    return { ...shared, host, priority: Number(preference), mail: true };
  }
  if (endpoint.recordType === 'SRV') {
    const [priority = '0', weight = '0', port = '0', host = ''] = target.split(' ');
    return { ...shared, host: host.slice(0, -1), priority: Number(priority), weight: Number(weight), port: Number(port) };
  }
  return { ...shared, host: target };
}

/** Types of which SkyDNS values can be made. */
export const storableTypes: ReadonlySet<RecordType> = new Set<RecordType>(['A', 'AAAA', 'CNAME', 'TXT', 'PTR', 'SRV', 'MX']);

/** Why a record cannot be held as SkyDNS values that CoreDNS would answer rightly; undefined = it can. */
export function storeProblem(endpoint: Endpoint): string | undefined {
  if (endpoint.setIdentifier !== undefined) return 'set identifiers (weighted, failover and other routing) do not exist in SkyDNS';
  if (endpoint.recordType === 'NS') return 'SkyDNS takes name servers from addresses below ns.dns.<zone> alone';
  if (!storableTypes.has(endpoint.recordType)) return `SkyDNS values cannot hold ${endpoint.recordType} records`;
  if (endpoint.recordType !== 'TXT' && endpoint.targets.some((target) => target === '.' || target.endsWith(' .')))
    return 'SkyDNS has no value for the root as a host';
  if ((endpoint.recordType === 'PTR' || (endpoint.recordType === 'TXT' && isReverseName(endpoint.dnsName))) && endpoint.targets.length > 1)
    return 'a reverse name holds one target in SkyDNS';
  if (endpoint.recordType === 'MX') {
    const preferences = endpoint.targets.map((target) => Number(target.split(' ')[0]));
    if (preferences.includes(0) && preferences.some((preference) => preference !== 0))
      return 'SkyDNS answers preference 0 as 10, which would change the order';
  }
  if (endpoint.recordType === 'SRV') {
    const fields = endpoint.targets.map((target) => target.split(' ').map(Number));
    if (fields.some(([, , port]) => port === 0)) return 'SkyDNS holds no SRV record with port 0';
    const priorities = fields.map(([priority]) => priority);
    if (priorities.includes(0) && priorities.some((priority) => priority !== 0))
      return 'SkyDNS answers priority 0 as 10, which would change the order';
    const weights = fields.map(([, weight]) => weight);
    if (weights.includes(0) && weights.some((weight) => weight !== 0))
      return 'SkyDNS counts weight 0 as 100, which would change the shares';
  }
  return undefined;
}
