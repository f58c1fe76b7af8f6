import { type Client, credentials, type MethodDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { Host } from 'etcd3/lib/connection-pool.js';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { KeyValue } from '../kv-store.ts';
import { decodeRangeAnswer, decodeTransactionAnswer, decodeWatchAnswer } from './decode-answers.ts';

// The oracle: the messages as proto-loader writes them from etcd's own definitions. Nothing is connected.
const host = new Host('127.0.0.1:1', credentials.createInsecure(), {});
const clients: Client[] = [];
afterAll(() => clients.forEach((client) => client.close()));

function writerOf(service: 'KV' | 'Watch', method: string): (message: object) => Buffer {
  const client = host.getServiceClient(service);
  clients.push(client);
  const definition = (client.constructor as ServiceClientConstructor).service[method] as MethodDefinition<object, object>;
  return definition.responseSerialize;
}

const writeRange = writerOf('KV', 'Range');
const writeTransaction = writerOf('KV', 'Txn');
const writeWatch = writerOf('Watch', 'Watch');

const revisions = fc.oneof(fc.nat(300), fc.maxSafeNat());
const entries: fc.Arbitrary<KeyValue> = fc.record({
  key: fc.string({ unit: 'binary', maxLength: 40 }),
  value: fc.uint8Array({ maxLength: 300 }),
  createRevision: revisions,
  modRevision: revisions,
  version: revisions,
  lease: fc.oneof(fc.constant('0'), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
});
const headers = fc.record({ memberId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String), revision: revisions });

const wireEntry = ({ key, value, createRevision, modRevision, version, lease }: KeyValue): object => ({
  key: Buffer.from(key),
  value,
  create_revision: createRevision,
  mod_revision: modRevision,
  version,
  lease,
});
const wireHeader = ({ memberId, revision }: { readonly memberId: string; readonly revision: number }): object => ({
  cluster_id: '18446744073709551615',
  member_id: memberId,
  revision,
  raft_term: 7,
});

test('the answer to a range is read as it was written', () => {
  fc.assert(
    fc.property(headers, fc.array(entries, { maxLength: 8 }), fc.boolean(), (header, kvs, more) => {
      const octets = writeRange({ header: wireHeader(header), kvs: kvs.map(wireEntry), more, count: 12 });
      const { lastKey, octets: _size, ...answer } = decodeRangeAnswer(octets);
      expect(answer).toEqual({ header, entries: kvs, more });
      expect(lastKey?.toString()).toBe(kvs.at(-1)?.key);
    }),
  );
});

test('the last key of a page is given as it is in etcd, also when it is no UTF-8', () => {
  const key = Buffer.from([0x2f, 0xff, 0xfe]);
  expect(decodeRangeAnswer(writeRange({ kvs: [{ key }], more: true })).lastKey).toEqual(key);
});

test('of a transaction the ranges are read in order, and other steps passed over', () => {
  fc.assert(
    fc.property(
      headers,
      fc.boolean(),
      fc.array(fc.option(fc.array(entries, { maxLength: 3 })), { maxLength: 5 }),
      (header, succeeded, steps) => {
        const responses = steps.map((kvs) =>
          kvs === null
            ? { response_put: { header: wireHeader(header), prev_kv: { key: Buffer.from('k') } } }
            : { response_range: { kvs: kvs.map(wireEntry) } },
        );
        const answer = decodeTransactionAnswer(writeTransaction({ header: wireHeader(header), succeeded, responses }));
        expect({ ...answer, ranges: answer.ranges.map((range) => range.entries) }).toEqual({
          header,
          succeeded,
          ranges: steps.filter((kvs) => kvs !== null),
        });
      },
    ),
  );
});

test('the answers of a watch are read as they were written', () => {
  const changes = fc.record({ isDelete: fc.boolean(), entry: entries, previous: fc.option(entries, { nil: undefined }) });
  const answers = fc.record({
    header: headers,
    watchId: fc.nat(),
    created: fc.boolean(),
    canceled: fc.boolean(),
    compactRevision: revisions,
    cancelReason: fc.string({ unit: 'binary' }),
    fragment: fc.boolean(),
  });
  fc.assert(
    fc.property(answers, fc.array(changes, { maxLength: 5 }), (answer, events) => {
      const octets = writeWatch({
        header: wireHeader(answer.header),
        watch_id: answer.watchId,
        created: answer.created,
        canceled: answer.canceled,
        compact_revision: answer.compactRevision,
        cancel_reason: answer.cancelReason,
        fragment: answer.fragment,
        events: events.map(({ isDelete, entry, previous }) => ({
          type: isDelete ? 1 : 0,
          kv: wireEntry(entry),
          ...(previous === undefined ? {} : { prev_kv: wireEntry(previous) }),
        })),
      });
      expect(decodeWatchAnswer(octets)).toEqual({
        ...answer,
        events: events.map(({ isDelete, entry, previous }) => ({
          ...(isDelete ? { type: 'delete', key: entry.key, modRevision: entry.modRevision } : { type: 'put', entry }),
          ...(previous === undefined ? {} : { previous }),
        })),
      });
    }),
  );
});

test('what was read does not keep the octets of the message', () => {
  const octets = writeRange({ kvs: [{ key: Buffer.from('key'), value: Buffer.from('value') }] });
  const answer = decodeRangeAnswer(octets);
  octets.fill(0);
  expect(Buffer.from(answer.entries[0]?.value ?? []).toString()).toBe('value');
  expect(answer.lastKey?.toString()).toBe('key');
});

test('octets that are no message are refused, and end', () => {
  const sound = writeWatch({ events: [{ type: 0, kv: { key: Buffer.from('key'), value: Buffer.alloc(200), lease: '-1' } }] });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.nat(sound.length),
      (changes, length) => {
        const octets = Buffer.from(sound.subarray(0, length));
        for (const [at, octet] of changes) if (at < length) octets[at] = octet;
        try {
          decodeWatchAnswer(octets);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      },
    ),
    { numRuns: 2_000 },
  );
  expect(() => decodeWatchAnswer(sound.subarray(0, sound.length - 1))).toThrow(RangeError);
});

test('a revision above 2^53 is refused instead of rounded', () => {
  expect(() => decodeRangeAnswer(writeRange({ header: { revision: '9007199254740993' } }))).toThrow('2^53');
});
