import type { Directive, DirectiveLine, SetupContext, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readInteger } from '../../corefile/arguments/read-integer.ts';
import { readZones } from '../../corefile/arguments/read-zones.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import {
  type CacheOptions,
  defaultCacheOptions,
  leastCapacity,
  type PrefetchOptions,
  type StaleOptions,
  type StoreOptions,
} from './cache-options.ts';

const mostTtlSeconds = 0x7fff_ffff;
const mostServfailMs = 5 * 60_000;
const defaultStaleSeconds = 3600;

const optionNames = ['success', 'denial', 'prefetch', 'serve_stale', 'serve_stale_policy', 'servfail', 'disable', 'keepttl'] as const;

/** Reads the one use of `cache` in a block; tells SM_COREFILE_INVALID. */
export function readCacheOptions(directive: Directive, context: SetupContext): CacheOptions {
  const [first, ...rest] = directive.args;
  const hasTtl = first !== undefined && /^[-+]?[0-9]+$/.test(first.text);
  const zones = context.collect(directive.at, () => readZones(hasTtl ? rest : directive.args, context), []);
  let options: CacheOptions = { ...defaultCacheOptions, zones };
  if (hasTtl) {
    const maxTtlSeconds = context.collect(first.at, () => readTtl(first, 1), 1);
    options = { ...options, success: { ...options.success, maxTtlSeconds }, denial: { ...options.denial, maxTtlSeconds } };
  }
  let preferPositive: boolean | undefined;
  readOptions(directive, context, (line) => {
    switch (line.name.text) {
      case 'success':
      case 'denial':
        options = { ...options, [line.name.text]: readStore(line, options[line.name.text], context) };
        break;
      case 'prefetch':
        options = { ...options, prefetch: readPrefetch(line) };
        break;
      case 'serve_stale':
        options = { ...options, stale: readStale(line) };
        break;
      case 'serve_stale_policy':
        if (preferPositive !== undefined) throw corefileError(line.name.at, 'serve_stale_policy stands twice');
        preferPositive = readStalePolicy(line);
        break;
      case 'servfail':
        expectArguments(line, 1, 1, 'servfail DURATION');
        options = { ...options, servfailSeconds: readDuration(line.args[0] as Token, { mostMs: mostServfailMs }) / 1000 };
        break;
      case 'disable':
        options = disable(line, options, zones, context);
        break;
      case 'keepttl':
        expectArguments(line, 0, 0);
        options = { ...options, keepTtl: true };
        break;
      default:
        throw unknownOption(directive, line.name, optionNames);
    }
  });
  const { stale } = options;
  if (preferPositive === undefined) return options;
  if (stale === undefined && !directive.block.some(({ name }) => name.text === 'serve_stale'))
    throw corefileError(directive.at, 'serve_stale_policy needs serve_stale beside it');
  return { ...options, stale: stale === undefined ? undefined : { ...stale, preferPositive } };
}

function readTtl(token: Token, least: number): number {
  return readInteger(token, { what: 'a TTL in seconds', least, most: mostTtlSeconds });
}

function readStore(line: DirectiveLine, store: StoreOptions, context: SetupContext): StoreOptions {
  expectArguments(line, 1, undefined, `${line.name.text} CAPACITY [TTL] [MINTTL]`);
  const [capacity, ttl, minTtl, extra] = line.args as readonly [Token, ...Token[]];
  if (extra !== undefined) context.warn(`${JSON.stringify(extra.text)} has no meaning for ${line.name.text} and is ignored`, extra.at);
  return {
    ...store,
    capacity: Math.max(leastCapacity, readInteger(capacity, { what: 'a number of answers', least: 0, most: 0x7fff_ffff })),
    ...(ttl === undefined ? {} : { maxTtlSeconds: readTtl(ttl, 1) }),
    ...(minTtl === undefined ? {} : { minTtlSeconds: readTtl(minTtl, 0) }),
  };
}

function readPrefetch(line: DirectiveLine): PrefetchOptions | undefined {
  expectArguments(line, 1, 3, 'prefetch AMOUNT [DURATION] [PERCENTAGE%]');
  const [amountToken, gap, share] = line.args as readonly [Token, ...Token[]];
  const amount = readInteger(amountToken, { what: 'a number of questions', least: 0, most: 0x7fff_ffff });
  const gapMs = gap === undefined ? 60_000 : readDuration(gap);
  let percentage = 10;
  if (share !== undefined) {
    if (!share.text.endsWith('%'))
      throw corefileError(share.at, `${JSON.stringify(share.text)} is not a share such as 10%: the sign is missing`);
    percentage = readInteger({ text: share.text.slice(0, -1), at: share.at }, { what: 'a percentage', least: 10, most: 90 });
  }
  return amount === 0 ? undefined : { amount, gapMs, percentage };
}

/** `serve_stale [DURATION] [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]`. */
function readStale(line: DirectiveLine): StaleOptions | undefined {
  const usage = 'serve_stale [DURATION] [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]';
  const [duration, mode, ...rest] = line.args;
  const upToSeconds = duration === undefined ? defaultStaleSeconds : readDuration(duration) / 1000;
  const word = mode?.text.toLowerCase() ?? 'immediate';
  if (word !== 'immediate' && word !== 'verify') {
    throw corefileError(mode?.at ?? line.name.at, `${JSON.stringify(mode?.text)} is not a way to refresh: immediate and verify are`);
  }
  const verify = word === 'verify';
  expectArguments(line, 0, verify ? 5 : 4, usage);
  const verifyTimeoutMs = verify && rest[0] !== undefined ? readDuration(rest[0]) : 0;
  const [ttl, recheck] = verify ? rest.slice(1) : rest;
  const stale: StaleOptions = {
    upToSeconds,
    verify,
    verifyTimeoutMs: verifyTimeoutMs === 0 ? undefined : verifyTimeoutMs,
    ttlSeconds: ttl === undefined ? 0 : Math.floor(readDuration(ttl) / 1000),
    recheckMs: recheck === undefined ? 0 : readDuration(recheck, { mostMs: mostServfailMs }),
    preferPositive: false,
  };
  return upToSeconds === 0 ? undefined : stale;
}

function readStalePolicy(line: DirectiveLine): boolean {
  expectArguments(line, 1, 1, 'serve_stale_policy prefer_positive');
  const token = line.args[0] as Token;
  if (token.text.toLowerCase() === 'prefer_positive') return true;
  throw corefileError(token.at, `${JSON.stringify(token.text)} is not a policy: prefer_positive is the only one`);
}

function disable(line: DirectiveLine, options: CacheOptions, zones: readonly string[], context: SetupContext): CacheOptions {
  expectArguments(line, 1, undefined, 'disable success|denial [ZONES...]');
  const [kind, ...tokens] = line.args as readonly [Token, ...Token[]];
  if (kind.text !== 'success' && kind.text !== 'denial') {
    throw corefileError(kind.at, `${JSON.stringify(kind.text)} cannot be disabled: success and denial can`);
  }
  const except = tokens.length === 0 ? zones : readZones(tokens, context);
  return { ...options, [kind.text]: { ...options[kind.text], except: [...options[kind.text].except, ...except] } };
}
