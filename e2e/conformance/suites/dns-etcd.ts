import { dnsNameToWire } from '@seamark/common/model';
import { nameToText, rdataToText, recordTypeCode, recordTypeName, responseCodeName } from '@seamark/authoritative-dns/wire';
import { answerSkydns, type RecordSet, type SkydnsMode, SkydnsZones } from '@seamark/authoritative-dns/zone';

import type { ConformanceSuite } from '../conformance-suite.ts';
import { chosenDifferences } from './dns-etcd-differences.ts';

interface RecordedAnswer {
  readonly rcode: string;
  readonly aa: boolean;
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
}

interface RecordedCase {
  readonly id: string;
  readonly etcd: Readonly<Record<string, unknown>>;
  readonly zones: readonly string[];
  readonly query: { readonly name: string; readonly type: string };
  readonly expect: RecordedAnswer;
  /** What the RFCs ask for where CoreDNS differs; the fields that it leaves out stay those of `expect` where it says so itself. */
  readonly rfc_expect?: Partial<RecordedAnswer>;
  readonly ordered?: boolean;
  readonly path?: string;
  readonly leases?: Readonly<Record<string, number>>;
  readonly options?: { readonly 'min-lease-ttl'?: number };
  /** Answers of the rest of the server: `NAME TYPE` → records. */
  readonly upstream?: Readonly<Record<string, readonly string[]>>;
}

/** What the etcd plugin of CoreDNS answers from SkyDNS content. */
export const dnsEtcd: ConformanceSuite = {
  name: 'dns_etcd',
  casesOf(content) {
    const { cases } = content as { readonly cases: readonly RecordedCase[] };
    return cases.map((each) => ({ id: each.id, run: () => runCase(each) }));
  },
};

async function runCase(recorded: RecordedCase): Promise<readonly string[]> {
  const chosen = chosenDifferences[recorded.id];
  const found = compare(recorded, recorded.rfc_expect ?? recorded.expect, await answerOf(recorded, 'skydns'));
  if (chosen === undefined) return found;
  if (found.length === 0) return ['listed as a difference, and there is none'];
  const problems = compare(recorded, chosen.answered, await answerOf(recorded, 'skydns'));
  if (chosen.strict === true) {
    const strictly = compare(recorded, recorded.rfc_expect ?? recorded.expect, await answerOf(recorded, 'strict'));
    problems.push(...strictly.map((line) => `mode strict: ${line}`));
  }
  return problems;
}

function compare(recorded: RecordedCase, expected: Partial<RecordedAnswer>, actual: RecordedAnswer): string[] {
  return (Object.keys(expected) as (keyof RecordedAnswer)[]).flatMap((field) => {
    const ordered = recorded.ordered === true && field === 'answer';
    const [want, got] = [normal(expected[field], ordered), normal(actual[field], ordered)];
    return want === got ? [] : [`${field}: expected ${want}, got ${got}`];
  });
}

/** As the cases are compared: sections are sets, the case of owners does not count, `*` is any serial, strings of TXT are joined. */
function normal(field: RecordedAnswer[keyof RecordedAnswer] | undefined, ordered: boolean): string {
  if (!Array.isArray(field)) return JSON.stringify(field);
  const lines = (field as readonly string[]).map((line) => {
    const joined = line.replaceAll('" "', '').replace(/ ""$/, '');
    return /^\S+ [0-9]+ IN SOA /.test(joined)
      ? joined.replace(/( SOA \S+ \S+) \S+/, '$1 *').toLowerCase()
      : joined.replace(/^\S+/, (owner) => owner.toLowerCase());
  });
  return JSON.stringify(ordered ? lines : lines.toSorted());
}

async function answerOf(recorded: RecordedCase, mode: SkydnsMode): Promise<RecordedAnswer> {
  const { etcd, path = '/skydns', leases = {}, options = {} } = recorded;
  const zones = new SkydnsZones({
    prefix: `${path}/`,
    zones: recorded.zones.map((zone) => (zone === '.' ? zone : zone.replace(/\.$/, ''))),
    mode,
    // What CoreDNS has built in, so that the answers can be compared.
    soa: {
      mname: 'ns.dns.@',
      rname: 'hostmaster',
      refreshSeconds: 7200,
      retrySeconds: 1800,
      expireSeconds: 86_400,
      negativeTtlSeconds: 30,
      ttlSeconds: 30,
    },
    leaseTimes: { remainingSeconds: (lease) => leases[Object.keys(etcd)[Number(lease) - 1] ?? ''] },
    leaseTtlLimits: { minSeconds: options['min-lease-ttl'] ?? 30, maxSeconds: 86_400 },
  });
  zones.reset(
    Object.entries(etcd)
      .map(([key, value], index) => ({
        key,
        value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
        createRevision: 1,
        modRevision: 1,
        version: 1,
        lease: key in leases ? String(index + 1) : '0',
      }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    7,
  );
  const nameAsAsked = dnsNameToWire(recorded.query.name);
  const request = {
    id: 1,
    name: dnsNameToWire(recorded.query.name.toLowerCase()),
    nameAsAsked,
    type: recordTypeCode(recorded.query.type) as number,
    class: 1,
    recursionDesired: false,
    checkingDisabled: false,
    authenticData: false,
    edns: undefined,
    client: { transport: 'tcp' as const, address: Uint8Array.of(127, 0, 0, 1), port: 1, localAddress: undefined, localPort: 53 },
    octets: 40,
  };
  const response = await answerSkydns(zones, request, {
    by: 'etcd',
    askOutside: ({ name, type }) => upstreamAnswer(recorded, nameToText(name), recordTypeName(type)),
  });
  if (response === undefined) return { rcode: 'REFUSED', aa: false, answer: [], authority: [], additional: [] };
  return {
    rcode: responseCodeName(response.responseCode),
    aa: response.authoritative,
    answer: response.answers.flatMap((set) => linesOf(set, nameAsAsked)),
    authority: response.authorities.flatMap((set) => linesOf(set, nameAsAsked)),
    additional: response.additionals.flatMap((set) => linesOf(set, nameAsAsked)),
  };
}

function upstreamAnswer(
  { upstream = {} }: RecordedCase,
  name: string,
  type: string,
): Awaited<ReturnType<Parameters<typeof answerSkydns>[2]['askOutside']>> {
  const records = upstream[`${name} ${type}`];
  const empty = { authoritative: false, answers: [], authorities: [], additionals: [], by: 'upstream' };
  if (records === undefined) return { ...empty, responseCode: 5 };
  const answers = records.map((line): RecordSet => {
    const [owner = '', ttl, , , address = ''] = line.split(' ');
    const rdata =
      type === 'A' ? Uint8Array.from(address.split('.').map(Number)) : Uint8Array.from([...Array.from({ length: 15 }, () => 0), 1]);
    return { owner: dnsNameToWire(owner), type: recordTypeCode(type) as number, ttlSeconds: Number(ttl), rdata: [rdata] };
  });
  return { ...empty, responseCode: 0, answers };
}

function linesOf(set: RecordSet, asked: Uint8Array): string[] {
  const owner = nameToText(set.owner);
  const written = owner.toLowerCase() === nameToText(asked).toLowerCase() ? nameToText(asked) : owner;
  return set.rdata.map((rdata) => `${written} ${set.ttlSeconds} IN ${recordTypeName(set.type)} ${rdataToText(set.type, rdata)}`);
}
