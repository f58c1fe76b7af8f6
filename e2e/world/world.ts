import type { RecordType } from 'dns-packet';
import { eventually, type TestProcess } from '@seamark/testkit';
import { expect } from 'vitest';
import { askDns, type DnsReply } from './dns-question.ts';
import type { TestObject } from './objects.ts';

/** An Event as somebody who describes the object sees it. */
export interface SeenEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** Where the product runs in a test: over a folder, or over an API server and etcd. The suites cannot tell which. */
export interface World extends AsyncDisposable {
  readonly name: 'folder' | 'cluster';
  readonly dnsPort: number;
  /** The running process; a new one after {@link World.restart}. */
  process(): TestProcess;
  /** Creates or replaces objects, with their status where they carry one. */
  put(...objects: readonly TestObject[]): Promise<void>;
  remove(...objects: readonly TestObject[]): Promise<void>;
  /** The object as it stands, status included; undefined when it does not exist. */
  addressesOf(namespace: string, name: string): Promise<readonly string[]>;
  /**
   * Addresses of every Service that the product has spoken of, by `namespace/name`: the statuses in a cluster, the lines of the present
   * (or last) process in a folder, where deleted Services stand with none.
   */
  reportedAddresses(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Every key and value of the records' store where others can read it (etcd); undefined in a folder. */
  storedRecords(): Promise<ReadonlyMap<string, string> | undefined>;
  /** Events on an object, where the world keeps them for others to read (a cluster); undefined in a folder. */
  events(object: TestObject): Promise<readonly SeenEvent[] | undefined>;
  /** Ends the process with the signal and starts it again on the same data and ports. */
  restart(signal: NodeJS.Signals): Promise<void>;
}

/** Asks the world's name server. */
export function ask(world: World, name: string, type: RecordType = 'A'): Promise<DnsReply> {
  return askDns(world.dnsPort, name, type);
}

/** Waits until a question is answered with exactly this data (and TTL, when given). */
export function expectAnswer(world: World, name: string, type: RecordType, data: readonly string[], ttlSeconds?: number): Promise<void> {
  return eventually(
    async () => {
      const reply = await ask(world, name, type);
      expect({ name, code: reply.code, data: reply.data }).toEqual({ name, code: 'NOERROR', data: [...data].sort() });
      if (ttlSeconds !== undefined)
        expect(
          reply.ttls.every((ttl) => ttl === ttlSeconds),
          `TTL of ${name}`,
        ).toBe(true);
    },
    { timeoutMs: 30_000 },
  );
}

/** Waits until a name does not exist; longer than a dead leader's lease lasts (15 s), so also right after a kill. */
export function expectNoName(world: World, name: string): Promise<void> {
  return eventually(async () => expect((await ask(world, name)).code).toBe('NXDOMAIN'), { timeoutMs: 30_000 });
}

/** Waits until a Service has addresses that pass the check, and returns them. */
export function expectAddresses(world: World, name: string, check: (addresses: readonly string[]) => void): Promise<readonly string[]> {
  const [namespace = '', own = ''] = name.split('/');
  return eventually(
    async () => {
      const addresses = await world.addressesOf(namespace, own);
      check(addresses);
      return addresses;
    },
    { timeoutMs: 30_000 },
  );
}
