/** A zone for tests: its name and its records as lines of a zone file with absolute names. */
export interface RandomZone {
  readonly name: string;
  readonly records: readonly ZoneLine[];
}

/** One record as a zone file has it; `owner` without trailing dot. */
export interface ZoneLine {
  readonly owner: string;
  readonly ttlSeconds: number;
  readonly type: string;
  readonly data: string;
}

/** A question for the servers. */
export interface RandomQuestion {
  readonly name: string;
  readonly type: string;
}

/** A source of numbers that gives the same ones for the same seed (mulberry32). */
export class SeededRandom {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

/** Few labels, so that names meet; with those that are odd in one way or another. */
const labels = ['a', 'b', 'c', 'www', 'ns1', 'mail', '_sip', '0/26', String.raw`x\.y`, String.raw`\000`, String.raw`\255z`, '-'];
const outside = ['www.example.net', 'ns.example.net', 'a.b.example.com'];

/**
 * A zone with what zones have: addresses, empty non-terminals, wildcards (also deep ones, and at odd places), delegations with and
 * without glue, DNAMEs, aliases in chains, loops and to nowhere. It is one that every server loads: aliases stand alone, nothing
 * stands below a DNAME, and wildcards are neither delegated nor renamed, which RFC 4592 4 leaves open.
 */
export function randomZone(random: SeededRandom, name: string, allZones: readonly string[]): RandomZone {
  const hosts = [name, ...Array.from({ length: 6 + random.below(14) }, () => randomName(random, name))];
  const anyName = (): string => {
    if (random.chance(70)) return random.pick(hosts).replace(/^\*\./, 'a.');
    return random.pick([randomName(random, random.pick(allZones)).replace(/^\*\./, 'b.'), random.pick(outside)]);
  };
  const byOwner = new Map<string, ZoneLine[]>();
  const ttlOf = new Map<string, number>();
  const add = (owner: string, type: string, data: string): void => {
    const key = `${owner} ${type}`;
    const ttlSeconds = ttlOf.get(key) ?? random.pick([0, 60, 300, 7200]);
    ttlOf.set(key, ttlSeconds);
    const lines = byOwner.get(owner) ?? [];
    if (!lines.some((line) => line.type === type && line.data === data)) lines.push({ owner, ttlSeconds, type, data });
    byOwner.set(owner, lines);
  };
  // Zones are often in each other: `allZones` has the delegated ones as well.
  const kind = new Map<string, 'plain' | 'alias' | 'cut' | 'dname'>([[name, 'plain']]);
  for (const owner of hosts.slice(1)) {
    if (kind.has(owner) || allZones.includes(owner)) continue;
    const roll = random.below(100);
    const wild = owner.startsWith('*.') || owner.includes('.*.');
    kind.set(owner, roll < 25 ? 'alias' : roll < 37 && !wild ? 'cut' : roll < 45 && !wild ? 'dname' : 'plain');
  }
  kind.set(`ns1.${name}`, 'plain');
  // BIND loads no zone in which a name server's name is an alias or below a DNAME, or in which those of the apex have no address.
  const anyServer = (): string => {
    const server = anyName();
    const isRenamed = [...kind].some(([other, what]) => what === 'dname' && server.endsWith(`.${other}`));
    return kind.get(server) === 'alias' || isRenamed ? `ns1.${name}` : server;
  };
  for (const child of allZones) if (child.endsWith(`.${name}`)) kind.set(child, 'cut');
  add(name, 'NS', `ns1.${name}.`);
  if (random.chance(50)) add(name, 'NS', 'ns.example.net.');
  add(name, 'SOA', `ns1.${name}. host.${name}. 7 14400 3600 1209600 ${random.pick([5, 300, 9000])}`);
  add(`ns1.${name}`, 'A', '192.0.2.53');
  for (const [owner, what] of kind) {
    if (what === 'alias') add(owner, 'CNAME', `${anyName()}.`);
    else if (what === 'dname') {
      add(owner, 'DNAME', `${anyName()}.`);
      if (random.chance(40)) add(owner, 'TXT', '"beside a DNAME"');
    } else if (what === 'cut') {
      add(owner, 'NS', `${random.pick([`ns1.${owner}`, anyServer()])}.`);
      if (random.chance(40)) add(owner, 'NS', `${anyServer()}.`);
      if (random.chance(30)) add(owner, 'DS', `${random.below(65536)} 13 2 ${'ab'.repeat(32)}`);
      const server = kind.get(`ns1.${owner}`);
      if (server !== undefined && server !== 'plain') continue; // an alias or a DNAME stands alone
      if (random.chance(60)) add(`ns1.${owner}`, 'A', `192.0.2.${random.below(250)}`);
      if (random.chance(30)) add(`ns1.${owner}`, 'AAAA', `2001:db8::${1 + random.below(99)}`);
    } else for (let count = 1 + random.below(3); count > 0; count--) add(owner, ...randomData(random, anyName));
  }
  const dnames = [...kind].filter(([, what]) => what === 'dname').map(([owner]) => owner);
  // NSD has all zones in one tree, where glue of one zone makes names exist in another one: only the address that both have stays.
  const delegated = allZones.filter((other) => other.endsWith(`.${name}`));
  const records = [...byOwner.values()]
    .flat()
    .filter(({ owner }) => !dnames.some((dname) => owner.endsWith(`.${dname}`)))
    .filter(
      ({ owner, data }) => !delegated.some((child) => owner.endsWith(`.${child}`) && (owner !== `ns1.${child}` || data !== '192.0.2.53')),
    );
  return { name, records };
}

/** A question that has something to do with a zone: its names, names beside, below and between them. `signed` asks for its keys too. */
export function randomQuestion(random: SeededRandom, zone: RandomZone, signed = false): RandomQuestion {
  const { owner } = random.pick(signed ? zone.records.filter((record) => !/^(?:RRSIG|NSEC3)$/.test(record.type)) : zone.records);
  const type = random.pick([
    'A',
    'A',
    'AAAA',
    'TXT',
    'MX',
    'SRV',
    'CNAME',
    'NS',
    'SOA',
    'DS',
    'DNAME',
    'TYPE65280',
    ...(signed ? ['NSEC', 'DNSKEY'] : []),
  ]);
  const parent = owner.slice(owner.search(/(?<!\\)\./) + 1);
  const name = random.pick([
    owner,
    owner,
    `${random.pick(labels)}.${owner}`,
    `*.${owner}`,
    `${random.pick(labels)}.${random.pick(labels)}.${owner}`,
    owner === zone.name ? owner : parent,
    owner === zone.name ? owner : `${random.pick(labels)}.${parent}`,
    randomName(random, zone.name),
  ]);
  return { name, type };
}

/** The zone as a file. */
export function zoneFileText({ records }: RandomZone): string {
  return [...records]
    .sort((a, b) => Number(b.type === 'SOA') - Number(a.type === 'SOA'))
    .map(({ owner, ttlSeconds, type, data }) => `${owner}. ${ttlSeconds} IN ${type} ${data}\n`)
    .join('');
}

function randomName(random: SeededRandom, zone: string): string {
  const parts = Array.from({ length: 1 + random.below(3) }, () => random.pick(labels));
  if (random.chance(25)) parts.unshift('*');
  else if (random.chance(5)) parts.splice(random.below(parts.length), 0, '*');
  return `${parts.join('.')}.${zone}`;
}

function randomData(random: SeededRandom, anyName: () => string): [type: string, data: string] {
  switch (random.below(7)) {
    case 0:
      return ['AAAA', `2001:db8::${1 + random.below(99)}`];
    case 1:
      return ['TXT', `"text ${random.below(9)}" "with; more"`];
    case 2:
      return ['MX', `${random.below(3) * 10} ${anyName()}.`];
    case 3:
      return ['SRV', `0 ${random.below(9)} 5060 ${anyName()}.`];
    case 4:
      return ['TYPE65280', String.raw`\# 3 abcdef`];
    default:
      return ['A', `192.0.2.${random.below(250)}`];
  }
}
