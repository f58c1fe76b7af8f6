import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KeyValue, KvEvent } from '../kv-store.ts';
import { decodeRecord, encodeBase, encodeChanges, encodeCompact, encodeEntries, encodeLease } from './store-record.ts';

const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
const value = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes));
const revision = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const lease = fc.oneof(fc.constant('0'), fc.nat().map(String));
const entry: fc.Arbitrary<KeyValue> = fc.record({ key, value, createRevision: revision, modRevision: revision, version: revision, lease });

test('every record is read as it was written', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), revision, revision, lease, (entries, first, second, id) => {
      expect(decodeRecord(encodeBase(first, second))).toEqual({ type: 'base', revision: first, compactRevision: second });
      expect(decodeRecord(encodeEntries(entries))).toEqual({ type: 'entries', entries });
      expect(decodeRecord(encodeLease(id, second))).toEqual({ type: 'lease', id, ttlSeconds: second });
      expect(decodeRecord(encodeCompact(first))).toEqual({ type: 'compact', revision: first });
      const events = entries.map((one, index): KvEvent =>
        index % 2 === 0 ? { type: 'put', entry: one } : { type: 'delete', key: one.key, modRevision: first },
      );
      const changes = entries.map((one, index) =>
        index % 2 === 0 ? { type: 'put', key: one.key, value: one.value, lease: one.lease } : { type: 'delete', key: one.key },
      );
      expect(decodeRecord(encodeChanges({ revision: first, events }, id))).toEqual({
        type: 'changes',
        revision: first,
        endedLease: id,
        changes,
      });
      expect(decodeRecord(encodeChanges(undefined, id))).toEqual({ type: 'changes', revision: 0, endedLease: id, changes: [] });
    }),
  );
});

test('bytes that are no record are a RangeError, never a wrong record', () => {
  const record = encodeEntries([{ key: 'k', value: Buffer.from('v'), createRevision: 1, modRevision: 1, version: 1, lease: '0' }]);
  for (let length = 0; length < record.length; length++) expect(() => decodeRecord(record.subarray(0, length))).toThrow(RangeError);
  expect(() => decodeRecord(Buffer.from([0]))).toThrow('record type 0 is unknown');
});
