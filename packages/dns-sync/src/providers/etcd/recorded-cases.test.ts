import { readFileSync } from 'node:fs';
import { systemClock } from '@seamark/common/controller';
import { type Endpoint, type RecordType, tryNormalizeDnsName } from '@seamark/common/model';
import { silentLogger } from '@seamark/common/observability';
import { createMemoryStore } from '@seamark/kv-store-client/embedded';
import { tryDecodeSkydnsEntry } from '@seamark/kv-store-client/skydns';
import { describe, expect, test } from 'vitest';
import { noOwnership } from '../../registry/index.ts';
import type { OpenProvider } from '../provider.ts';
import { createEtcdProvider } from './etcd-provider.ts';

interface RecordedEndpoint {
  readonly dnsName: string;
  readonly recordType: RecordType;
  readonly targets: readonly string[];
  readonly ttl: number | null;
  readonly providerSpecific?: Endpoint['providerSpecific'];
}

interface Case {
  readonly id: string;
  readonly kind: 'read' | 'apply';
  readonly source: string;
  readonly options: { readonly prefix: string };
  readonly etcd?: Record<string, unknown>;
  readonly etcdRaw?: Record<string, string>;
  readonly changes?: Record<'create' | 'updateOld' | 'updateNew' | 'delete', RecordedEndpoint[]>;
  readonly expect: {
    readonly endpoints?: RecordedEndpoint[];
    readonly etcd?: { readonly key: string; readonly value: Record<string, unknown> }[];
  };
}

const cases = JSON.parse(readFileSync(new URL('fixtures/coredns-etcd.json', import.meta.url), 'utf8')) as Case[];

function endpointOf(recorded: RecordedEndpoint): Endpoint {
  const { dnsName, recordType, targets, ttl, providerSpecific = [] } = recorded;
  return { dnsName, recordType, targets, ...(ttl === null ? {} : { recordTTL: ttl }), labels: {}, providerSpecific };
}

const textOf = (endpoint: Endpoint): string =>
  JSON.stringify([
    endpoint.dnsName,
    endpoint.recordType,
    endpoint.targets.toSorted(),
    endpoint.recordTTL ?? null,
    endpoint.providerSpecific.filter(({ name }) => name === 'coredns/group'),
  ]);

async function opened(
  recorded: Case,
): Promise<{ readonly provider: OpenProvider; readonly names: () => Promise<Set<string>>; readonly stored: () => Promise<string[]> }> {
  const store = createMemoryStore();
  for (const [key, value] of Object.entries(recorded.etcd ?? {}))
    await store.transact({ compare: [], success: [{ type: 'put', key, value: Buffer.from(JSON.stringify(value)) }] });
  for (const [key, value] of Object.entries(recorded.etcdRaw ?? {}))
    await store.transact({ compare: [], success: [{ type: 'put', key, value: Buffer.from(value) }] });
  const { prefix } = recorded.options;
  const provider = createEtcdProvider({ store, prefix }).open({
    ownership: noOwnership,
    logger: silentLogger,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  await provider.synced;
  return {
    provider,
    async names() {
      const { entries } = await store.range({ prefix });
      return new Set(
        entries.flatMap(({ key, value }) => {
          const entry = tryDecodeSkydnsEntry(prefix, key, value);
          return entry.ok ? [entry.value.name] : [];
        }),
      );
    },
    async stored() {
      const { entries } = await store.range({ prefix });
      return entries
        .map(({ key, value }) => keyAndValue(key, JSON.parse(Buffer.from(value).toString()) as Record<string, unknown>))
        .toSorted();
    },
  };
}

/** Our leaves are other ones than the original's random ones: they are compared as `*`. */
function keyAndValue(key: string, value: Record<string, unknown>): string {
  const place = value['targetstrip'] === 1 ? key.replace(/[^/]+$/, '*') : key;
  return `${place} ${JSON.stringify(Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))))}`;
}

describe('the recorded cases of ExternalDNS’s coredns provider', () => {
  test.each(cases.filter((each) => each.kind === 'read').map((each) => [each.id, each.source, each] as const))(
    '%s read: %s',
    async (_id, _source, recorded) => {
      const { provider, names } = await opened(recorded);
      const found = [...(await names())].flatMap((name) => provider.current(name));
      expect(found.map(textOf).toSorted()).toEqual((recorded.expect.endpoints ?? []).map((each) => textOf(endpointOf(each))).toSorted());
    },
  );

  test.each(cases.filter((each) => each.kind === 'apply').map((each) => [each.id, each.source, each] as const))(
    '%s apply: %s',
    async (_id, _source, recorded) => {
      const { provider, stored } = await opened(recorded);
      const changes = recorded.changes as NonNullable<Case['changes']>;
      const all = [...changes.create, ...changes.updateNew, ...changes.delete].map(endpointOf);
      for (const name of new Set(all.map((each) => each.dnsName))) {
        expect(tryNormalizeDnsName(name)).toEqual({ ok: true, value: name });
        const of = (list: RecordedEndpoint[]): Endpoint[] => list.map(endpointOf).filter((each) => each.dnsName === name);
        await provider.apply(
          { name, upsert: of([...changes.create, ...changes.updateNew]), remove: of(changes.delete), removeStaleOwnership: false },
          new AbortController().signal,
        );
      }
      expect(await stored()).toEqual((recorded.expect.etcd ?? []).map(({ key, value }) => keyAndValue(key, value)).toSorted());
    },
  );
});
