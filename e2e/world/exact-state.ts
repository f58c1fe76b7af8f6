import { eventually } from '@seamark/testkit';
import { expect } from 'vitest';
import { inParallel } from './in-parallel.ts';
import { ask, type World } from './world.ts';

/** A LoadBalancer Service with one hostname, as it is meant to stand. */
export interface WantedService {
  /** `namespace/name`. */
  readonly name: string;
  readonly hostname: string;
}

/** What has to be true in the end. */
export interface WantedState {
  /** All LoadBalancer Services of the world. */
  readonly services: readonly WantedService[];
  /** Names that were published once and must not be any more. */
  readonly gone?: readonly string[];
}

const timeoutMs = 60_000;

/**
 * Waits until the world stands exactly as wanted and returns the address of every Service: each has one, no two have the same, each
 * name and its owner record is answered, what is gone does not exist, and where the store can be read it holds the wanted
 * records and nothing else.
 */
export async function expectExactState(world: World, wanted: WantedState): Promise<ReadonlyMap<string, string>> {
  const addresses = await eventually(() => oneAddressEach(world, wanted.services), { timeoutMs, everyMs: 100 });
  const answers = wanted.services.map(({ name, hostname }) => ({
    hostname,
    address: addresses.get(name) as string,
    owner: ownerText(name),
  }));
  await eventually(
    async () => {
      const stored = await world.storedRecords();
      if (stored === undefined) return;
      const expected = answers.flatMap(({ hostname, address, owner }) => [`${hostname} ${address}`, `${ownerName(hostname)} ${owner}`]);
      expect([...stored].map(([key, value]) => recordText(key, value)).sort()).toEqual(expected.sort());
    },
    { timeoutMs, everyMs: 100 },
  );
  await inParallel(answers, 16, async ({ hostname, address, owner }) => {
    await expectReply(world, hostname, 'A', { code: 'NOERROR', data: [address] });
    await expectReply(world, ownerName(hostname), 'TXT', { code: 'NOERROR', data: [owner] });
  });
  await inParallel(wanted.gone ?? [], 16, async (hostname) => {
    await expectReply(world, hostname, 'A', { code: 'NXDOMAIN', data: [] });
    await expectReply(world, ownerName(hostname), 'TXT', { code: 'NXDOMAIN', data: [] });
  });
  return addresses;
}

/** Every Service that had its address `before`, and exists `after`, has the same. */
export function expectNothingMoved(before: ReadonlyMap<string, readonly string[] | string>, after: ReadonlyMap<string, string>): void {
  const held = [...before]
    .map(([name, addresses]) => [name, [addresses].flat()] as const)
    .filter(([name, addresses]) => addresses.length > 0 && after.has(name));
  expect(held.map(([name]) => [name, [after.get(name)]])).toEqual(held);
}

/** Name of the ownership record beside the A record of a name. */
function ownerName(hostname: string): string {
  return `a-${hostname}`;
}

async function oneAddressEach(world: World, services: readonly WantedService[]): Promise<ReadonlyMap<string, string>> {
  const reported = await world.reportedAddresses();
  const holding = new Map([...reported].filter(([, addresses]) => addresses.length > 0));
  expect([...holding.keys()].sort(), 'Services with an address').toEqual(services.map(({ name }) => name).sort());
  const addresses = new Map<string, string>();
  for (const [name, [address, ...more]] of holding) {
    expect(more, `further addresses of ${name}`).toEqual([]);
    addresses.set(name, address as string);
  }
  expect(new Set(addresses.values()).size, 'distinct addresses').toBe(addresses.size);
  return addresses;
}

function expectReply(
  world: World,
  name: string,
  type: 'A' | 'TXT',
  expected: { readonly code: string; readonly data: readonly string[] },
): Promise<void> {
  return eventually(
    async () => {
      const { code, data } = await ask(world, name, type);
      expect({ name, type, code, data }).toEqual({ name, type, ...expected });
    },
    { timeoutMs },
  );
}

function ownerText(service: string): string {
  return `"heritage=external-dns,external-dns/owner=default,external-dns/resource=service/${service}"`;
}

/** `name value` of a stored record: the key's labels in the order of DNS, without the last, which only tells records of a name apart. */
function recordText(key: string, value: string): string {
  const labels = key
    .replace(/^\/skydns\//, '')
    .split('/')
    .slice(0, -1);
  const { host, text } = JSON.parse(value) as { readonly host?: string; readonly text?: string };
  return `${labels.reverse().join('.')} ${host ?? text ?? value}`;
}
