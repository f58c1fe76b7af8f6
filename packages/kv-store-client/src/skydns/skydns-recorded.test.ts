import { readFileSync } from 'node:fs';

import { formatAddress } from '@seamark/common/model';
import { describe, expect, test } from 'vitest';

import {
  encodeSkydnsValue,
  type SkydnsRecord,
  type SkydnsRecordType,
  skydnsPlaceOf,
  type SkydnsValue,
  tryDecodeSkydnsEntry,
} from './index.ts';

interface RecordedEndpoint {
  readonly dnsName: string;
  readonly recordType: SkydnsRecordType;
  readonly targets: readonly string[];
  readonly ttl?: number | null;
  readonly providerSpecific?: readonly { readonly name: string; readonly value: string }[];
}

interface Recorded {
  readonly read: readonly {
    readonly id: string;
    readonly source: string;
    readonly options: { readonly prefix: string; readonly strictlyOwned: boolean; readonly owner: string };
    readonly etcd: Readonly<Record<string, unknown>>;
    readonly endpoints: readonly RecordedEndpoint[];
  }[];
  readonly create: readonly {
    readonly id: string;
    readonly source: string;
    readonly options: { readonly prefix: string };
    readonly create: readonly RecordedEndpoint[];
    readonly etcd: readonly { readonly key: string; readonly value: unknown }[];
  }[];
}

const recorded = JSON.parse(readFileSync(new URL('fixtures/coredns-etcd.json', import.meta.url), 'utf8')) as Recorded;

function targetOf(record: SkydnsRecord): string {
  if ('address' in record) return formatAddress(record.address);
  return 'text' in record ? record.text : record.target;
}

describe('what ExternalDNS has written is read', () => {
  test.each(recorded.read)('$id ($source)', ({ options, etcd, endpoints }) => {
    const targets = new Map<string, string[]>();
    for (const [key, value] of Object.entries(etcd)) {
      const entry = tryDecodeSkydnsEntry(options.prefix, key, new TextEncoder().encode(JSON.stringify(value)));
      if (!entry.ok) throw new Error(entry.problem);
      if (options.strictlyOwned && entry.value.value.owner !== options.owner) continue;
      for (const record of entry.value.records) {
        const id = `${entry.value.name} ${record.type}`;
        targets.set(id, [...(targets.get(id) ?? []), targetOf(record)]);
      }
    }
    expect(Object.fromEntries(targets)).toEqual(Object.fromEntries(endpoints.map((e) => [`${e.dnsName} ${e.recordType}`, e.targets])));
  });
});

describe('records are written where and as ExternalDNS writes them', () => {
  test.each(recorded.create)('$id ($source)', ({ options, create, etcd }) => {
    const written = create.flatMap((endpoint) =>
      endpoint.targets.map((target) => {
        const { key, targetstrip } = skydnsPlaceOf({
          prefix: options.prefix,
          name: endpoint.dnsName,
          type: endpoint.recordType,
          target,
          owner: 'us',
        });
        const group = endpoint.providerSpecific?.find((property) => property.name === 'coredns/group')?.value;
        const value: SkydnsValue = {
          ...(endpoint.recordType === 'TXT' ? { text: target } : { host: target }),
          ...(endpoint.ttl === null || endpoint.ttl === undefined ? {} : { ttl: endpoint.ttl }),
          targetstrip,
          ...(group === undefined ? {} : { group }),
        };
        return { key: key.replace(/\/[0-9a-f]{8}$/, '/<rand>'), value: new TextDecoder().decode(encodeSkydnsValue(value)) };
      }),
    );
    expect(written.map(({ key, value }) => ({ key, value: JSON.parse(value) as unknown }))).toEqual(etcd);
  });
});
