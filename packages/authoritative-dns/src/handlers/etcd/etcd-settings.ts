import { tryNormalizeDnsName, tryParseAddress } from '@seamark/common/model';
import { normalizeSkydnsPrefix } from '@seamark/kv-store-client/skydns';

import type { Directive, DirectiveLine, SetupContext, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { readTlsFiles } from '../../corefile/arguments/read-tls-files.ts';
import { readZones } from '../../corefile/arguments/read-zones.ts';
import { resolvePath } from '../../corefile/arguments/resolve-path.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import type { LeaseTtlLimits, SkydnsMode } from '../../zone/skydns/index.ts';
import type { NameServerOption, SoaOptions } from '../../zone/zone-options.ts';

/** One `etcd` line of a block with its options. */
export interface EtcdSettings {
  readonly zones: readonly string[];
  readonly source: EtcdSourceSettings;
  readonly mode: SkydnsMode;
  readonly soa: SoaOptions;
  readonly nameServers: readonly NameServerOption[];
  readonly leaseTtlLimits: LeaseTtlLimits;
  readonly noApexFallback: boolean;
  /** Zones in which NXDOMAIN is passed on; `undefined` = none. */
  readonly fallthrough: readonly string[] | undefined;
  /** Age of the content from which on the directive is not ready; `undefined` = any age will do. */
  readonly staleAfterMs: number | undefined;
}

/** What is shared by all uses that say the same. */
export interface EtcdSourceSettings {
  readonly endpoints: readonly string[];
  readonly prefix: string;
  readonly username?: string;
  readonly password?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly snapshot?: { readonly file: string; readonly intervalMs: number };
}

const defaultEndpoint = 'http://localhost:2379';
const defaultSnapshotIntervalMs = 60_000;
const options = [
  'path', 'endpoint', 'credentials', 'tls', 'fallthrough', 'min-lease-ttl', 'max-lease-ttl', 'mode', 'soa', 'ns', 'snapshot', 'stale-after',
  'no_apex_fallback', 'stubzones', 'debug', 'upstream',
]; // prettier-ignore

type Writable<T> = { -readonly [Field in keyof T]: T[Field] };
type Draft = Writable<Omit<EtcdSettings, 'source'>> & { readonly source: Writable<EtcdSourceSettings> };

/** Reads one use of the directive; tells SM_COREFILE_INVALID. */
export function readEtcdSettings(use: Directive, context: SetupContext): EtcdSettings {
  const draft: Draft = {
    zones: context.collect(use.at, () => readZones(use.args, context), []),
    source: { endpoints: [defaultEndpoint], prefix: normalizeSkydnsPrefix('skydns') },
    mode: 'skydns',
    soa: {},
    nameServers: [],
    leaseTtlLimits: { minSeconds: 30, maxSeconds: 86_400 },
    fallthrough: undefined,
    noApexFallback: false,
    staleAfterMs: undefined,
  };
  readEach(use.block, context, (line) => {
    readOption(use, line, draft, context);
    if (line.name.text !== 'soa') expectNoBlock(line);
  });
  // An endpoint with a scheme keeps it, as CoreDNS has it: http:// stays without TLS.
  if (use.block.some(({ name }) => name.text === 'tls'))
    draft.source.endpoints = draft.source.endpoints.map((endpoint) => (endpoint.includes('://') ? endpoint : `https://${endpoint}`));
  return draft;
}

function readOption(use: Directive, line: DirectiveLine, draft: Draft, context: SetupContext): void {
  const { source } = draft;
  const only = (usage: string): Token => {
    expectArguments(line, 1, 1, usage);
    return line.args[0] as Token;
  };
  switch (line.name.text) {
    case 'path':
      source.prefix = normalizeSkydnsPrefix(only('path PREFIX').text);
      break;
    case 'endpoint':
      expectArguments(line, 1, undefined, 'endpoint URL...');
      source.endpoints = line.args.map(readEndpoint);
      break;
    case 'credentials':
      expectArguments(line, 2, 2, 'credentials USER PASSWORD');
      source.username = (line.args[0] as Token).text;
      source.password = (line.args[1] as Token).text;
      break;
    case 'tls':
      readTls(line, source, context);
      break;
    case 'fallthrough':
      draft.fallthrough = line.args.length === 0 ? ['.'] : readZones(line.args, context);
      break;
    case 'min-lease-ttl':
      draft.leaseTtlLimits = { ...draft.leaseTtlLimits, minSeconds: readSeconds(only('min-lease-ttl SECONDS|DURATION')) || 30 };
      break;
    case 'max-lease-ttl':
      draft.leaseTtlLimits = { ...draft.leaseTtlLimits, maxSeconds: readSeconds(only('max-lease-ttl SECONDS|DURATION')) || 86_400 };
      break;
    case 'mode':
      draft.mode = readMode(only('mode skydns|strict'));
      break;
    case 'soa':
      draft.soa = readSoa(line, context);
      break;
    case 'ns':
      draft.nameServers = [...draft.nameServers, readNameServer(line)];
      break;
    case 'snapshot':
      expectArguments(line, 1, 2, 'snapshot FILE [INTERVAL]');
      source.snapshot = {
        file: resolvePath(line.args[0] as Token, context),
        intervalMs: line.args[1] === undefined ? defaultSnapshotIntervalMs : readDuration(line.args[1], { leastMs: 1_000 }),
      };
      break;
    case 'stale-after':
      draft.staleAfterMs = readDuration(only('stale-after DURATION'), { leastMs: 1_000 });
      break;
    case 'no_apex_fallback':
      expectArguments(line, 0, 0);
      draft.noApexFallback = true;
      break;
    case 'stubzones':
    case 'debug':
    case 'upstream':
      if (line.name.text !== 'upstream') expectArguments(line, 0, 0);
      context.warn(`${line.name.text} of etcd has no meaning any more and is ignored, as CoreDNS does`, line.name.at);
      break;
    default:
      throw unknownOption(use, line.name, options);
  }
}

/** Seconds, or a duration as Go writes it; CoreDNS takes an empty text for 0, and 0 for the default. */
function readSeconds(token: Token): number {
  return token.text === '' ? 0 : Math.floor(readDuration(token, { bareUnitMs: 1_000, mostMs: 2_147_483_647_000 }) / 1000);
}

function readTls(line: DirectiveLine, source: Draft['source'], context: SetupContext): void {
  const { ca, cert, key } = readTlsFiles(line, context).paths;
  if (ca !== undefined) source.caFile = ca;
  if (cert !== undefined && key !== undefined) Object.assign(source, { certFile: cert, keyFile: key });
}

/** A mistake here would be found out later as one of the whole directive. */
function readEndpoint({ text, at }: Token): string {
  if (/^(?:https?:\/\/)?[^/\s]+\/?$/.test(text)) return text;
  throw corefileError(at, `${JSON.stringify(text)} is not an endpoint of etcd: write HOST:PORT, http://HOST:PORT or https://HOST:PORT`);
}

function readMode({ text, at }: Token): SkydnsMode {
  if (text === 'skydns' || text === 'strict') return text;
  throw corefileError(at, `${JSON.stringify(text)} is not a mode of etcd: it is skydns or strict`);
}

const soaFields = ['mname', 'rname', 'refresh', 'retry', 'expire', 'minimum', 'ttl'] as const;

/** `soa { mname NAME; rname NAME; refresh DURATION; ... }`, or `soa MNAME RNAME`. */
function readSoa(line: DirectiveLine, context: SetupContext): SoaOptions {
  expectArguments(line, 0, 2, 'soa [MNAME [RNAME]] { FIELD VALUE ... }');
  const soa: { -readonly [Field in keyof SoaOptions]: SoaOptions[Field] } = {};
  if (line.args[0] !== undefined) soa.mname = nameOption(line.args[0]);
  if (line.args[1] !== undefined) soa.rname = nameOption(line.args[1]);
  readEach(line.block, context, (field) => {
    expectArguments(field, 1, 1);
    const value = field.args[0] as Token;
    const seconds = (): number => Math.floor(readDuration(value, { bareUnitMs: 1_000, mostMs: 2_147_483_647_000 }) / 1000);
    switch (field.name.text) {
      case 'mname':
        soa.mname = nameOption(value);
        break;
      case 'rname':
        soa.rname = nameOption(value);
        break;
      case 'refresh':
        soa.refreshSeconds = seconds();
        break;
      case 'retry':
        soa.retrySeconds = seconds();
        break;
      case 'expire':
        soa.expireSeconds = seconds();
        break;
      case 'minimum':
        soa.negativeTtlSeconds = seconds();
        break;
      case 'ttl':
        soa.ttlSeconds = seconds();
        break;
      default:
        throw corefileError(field.name.at, `${JSON.stringify(field.name.text)} is not a field of soa; it has ${soaFields.join(', ')}`);
    }
  });
  return soa;
}

/** `ns NAME [ADDRESS...]`. */
function readNameServer(line: DirectiveLine): NameServerOption {
  expectArguments(line, 1, undefined, 'ns NAME [ADDRESS...]');
  const [name, ...addresses] = line.args as [Token, ...Token[]];
  for (const { text, at } of addresses) {
    const address = tryParseAddress(text);
    if (!address.ok) throw corefileError(at, `${JSON.stringify(text)} is not an IP address: ${address.problem}`);
  }
  return { name: nameOption(name), addresses: addresses.map(({ text }) => text) };
}

/** A name with a final dot, or of several labels, is absolute; one label, or labels before `.@`, stand below each zone. */
function nameOption({ text, at }: Token): string {
  const name = tryNormalizeDnsName(text.replace(/\.@$/, ''));
  if (!name.ok) throw corefileError(at, `${JSON.stringify(text)} is not a name: ${name.problem}`);
  return text;
}
