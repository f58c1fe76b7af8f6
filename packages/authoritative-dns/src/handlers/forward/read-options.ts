import { formatAddress, tryNormalizeDnsName } from '@seamark/common/model';

import type { Directive, DirectiveLine, SetupContext, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { onlyArgument } from '../../corefile/arguments/only-argument.ts';
import { readAddress } from '../../corefile/arguments/read-address.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readInteger } from '../../corefile/arguments/read-integer.ts';
import { readTlsFiles } from '../../corefile/arguments/read-tls-files.ts';
import { readZone, readZones } from '../../corefile/arguments/read-zones.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { responseCodeOf } from '../response-code.ts';
import { defaultForwardOptions, type ForwardOptions, maxUpstreams } from './forward-options.ts';
import type { HealthCheckOptions } from './health-check.ts';
import { policies, type Policy } from './policy.ts';
import { readUpstreams } from './upstream-address.ts';

type Changes = { -readonly [Key in keyof ForwardOptions]?: ForwardOptions[Key] };
type Reader = (line: DirectiveLine, options: ForwardOptions, context: SetupContext) => Changes;

const mostAttempts = 0xffff_ffff;

/** Reads one use of `forward`; tells SM_COREFILE_INVALID. */
export function readForwardOptions(directive: Directive, context: SetupContext): ForwardOptions {
  context.collect(directive.at, () => expectArguments(directive, 2, undefined, 'forward FROM TO...'), undefined);
  const [fromToken, ...toTokens] = directive.args;
  const from = fromToken === undefined ? '.' : context.collect(fromToken.at, () => readFrom(fromToken, context), '.');
  const to = toTokens.flatMap((token) => context.collect(token.at, () => readUpstreams(token, context), []));
  if (to.length > maxUpstreams) {
    throw corefileError(directive.at, `forward takes at most ${maxUpstreams} upstreams, and here are ${to.length}`);
  }
  let options: ForwardOptions = { ...defaultForwardOptions, from, to };
  readOptions(directive, context, (line) => {
    const read = Object.hasOwn(readers, line.name.text) ? readers[line.name.text] : undefined;
    if (read === undefined) throw unknownOption(directive, line.name, Object.keys(readers));
    options = { ...options, ...read(line, options, context) };
  });
  refuseTwoServerNames(directive, options);
  refuseShortAge(directive, options);
  return options;
}

/** The zone that is forwarded. */
function readFrom(token: Token, context: SetupContext): string {
  const [zone, ...others] = readZone(token) as [string, ...string[]];
  if (others.length > 0) {
    const problem = `${token.text} stands for ${others.length + 1} reverse zones, and forward takes only the first, ${zone}`;
    context.warn(problem, token.at);
  }
  return zone;
}

const readers: Readonly<Record<string, Reader>> = {
  except: (line, options, context) => {
    expectArguments(line, 1, undefined, 'except NAME...');
    return { except: [...options.except, ...readZones(line.args, context)] };
  },
  force_tcp: flag('forceTcp'),
  prefer_udp: flag('preferUdp'),
  failfast_all_unhealthy_upstreams: flag('failfast'),
  next_on_nodata: flag('nextOnNodata'),
  expire: (line) => ({ expireMs: readDuration(onlyArgument(line, 'expire DURATION')) }),
  max_age: (line, _options, context) => {
    const maxAgeMs = readDuration(onlyArgument(line, 'max_age DURATION'));
    context.warn('max_age does nothing: a connection ends when nobody has used it for as long as expire says', line.name.at);
    return { maxAgeMs };
  },
  read_timeout: (line) => ({ readTimeoutMs: readDuration(onlyArgument(line, 'read_timeout DURATION'), { leastMs: 1 }) }),
  max_idle_conns: (line) => ({ maxIdleConnections: count(onlyArgument(line, 'max_idle_conns NUMBER'), 'a number of connections') }),
  max_connect_attempts: (line) => ({
    maxConnectAttempts: count(onlyArgument(line, 'max_connect_attempts NUMBER'), 'a number of attempts'),
  }),
  max_concurrent: (line) => ({
    maxConcurrent: count(onlyArgument(line, 'max_concurrent NUMBER'), 'a number of questions', Number.MAX_SAFE_INTEGER),
  }),
  max_fails: (line, { health }) => ({
    health: { ...health, maxFails: count(onlyArgument(line, 'max_fails NUMBER'), 'a number of checks') },
  }),
  health_check: (line, { health }) => ({ health: readHealthCheck(line, health) }),
  policy: (line) => {
    const token = onlyArgument(line, 'policy random|round_robin|sequential');
    if (!(policies as readonly string[]).includes(token.text)) {
      throw corefileError(token.at, `${JSON.stringify(token.text)} is not a policy: ${policies.join(', ')} are`);
    }
    return { policy: token.text as Policy };
  },
  next: (line) => ({ nextCodes: readCodes(line) }),
  failover: (line) => {
    const failoverCodes = readCodes(line);
    const noError = line.args[failoverCodes.indexOf(0)];
    if (noError !== undefined) throw corefileError(noError.at, 'failover cannot stand for NOERROR: that answer is the one that is wanted');
    return { failoverCodes };
  },
  tls: (line, _options, context) => ({ tls: readTlsFiles(line, context).secure }),
  tls_servername: (line) => ({ tlsServerName: onlyArgument(line, 'tls_servername NAME').text }),
  source_address: (line) => ({ sourceAddress: formatAddress(readAddress(onlyArgument(line, 'source_address ADDRESS'))) }),
  resolver: (line) => {
    expectArguments(line, 1, undefined, 'resolver ADDRESS[:PORT]...');
    return { resolvers: line.args.map((token) => readResolver(token)) };
  },
  doh_method: (line) => {
    const token = onlyArgument(line, 'doh_method GET|POST');
    const method = token.text;
    if (method !== 'GET' && method !== 'POST') throw corefileError(token.at, `${JSON.stringify(method)} is not GET or POST`);
    return { dohMethod: method };
  },
};

function flag(key: 'forceTcp' | 'preferUdp' | 'failfast' | 'nextOnNodata'): Reader {
  return (line) => {
    expectArguments(line, 0, 0);
    return { [key]: true };
  };
}

function count(token: Token, what: string, most = mostAttempts): number {
  return readInteger(token, { what, least: 0, most });
}

function readHealthCheck(line: DirectiveLine, health: HealthCheckOptions): HealthCheckOptions {
  const usage = 'health_check DURATION [no_rec] [domain NAME]';
  expectArguments(line, 1, 4, usage);
  const [durationToken, ...words] = line.args as readonly [Token, ...Token[]];
  let result: HealthCheckOptions = { ...health, intervalMs: readDuration(durationToken), domain: '.' };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as Token;
    if (word.text === 'no_rec') {
      result = { ...result, recursionDesired: false };
    } else if (word.text === 'domain') {
      const token = words[++at];
      if (token === undefined) throw corefileError(word.at, `domain needs a name behind it: write ${usage}`);
      const name = tryNormalizeDnsName(token.text);
      if (!name.ok) throw corefileError(token.at, `${JSON.stringify(token.text)} is not a name to check with: ${name.problem}`);
      result = { ...result, domain: name.value };
    } else {
      throw corefileError(word.at, `${JSON.stringify(word.text)} is not an option of health_check: write ${usage}`);
    }
  }
  return result;
}

function readCodes(line: DirectiveLine): number[] {
  expectArguments(line, 1, undefined, `${line.name.text} RCODE...`);
  return line.args.map((token) => {
    const code = /^[0-9]/.test(token.text) ? undefined : responseCodeOf(token.text);
    if (code === undefined)
      throw corefileError(token.at, `${JSON.stringify(token.text)} is not a response code such as NXDOMAIN or SERVFAIL`);
    return code;
  });
}

function readResolver(token: Token): string {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([0-9.]+|[0-9a-f:]+:[0-9a-f:.]*))(?::([0-9]{1,5}))?$/i.exec(token.text) ?? [];
  const literal = bracketed ?? plain;
  if (literal === undefined || Number(port ?? 53) > 0xffff)
    throw corefileError(token.at, `${JSON.stringify(token.text)} is not ADDRESS, ADDRESS:PORT or [IPV6]:PORT`);
  const address = readAddress({ text: literal, at: token.at });
  const host = formatAddress(address);
  return `${typeof address === 'bigint' ? `[${host}]` : host}:${port ?? 53}`;
}

/** A name for all and a name for one contradict each other, as in CoreDNS. */
function refuseTwoServerNames(directive: Directive, options: ForwardOptions): void {
  if (options.tlsServerName === undefined || !options.to.some(({ serverName }) => serverName !== undefined)) return;
  throw corefileError(directive.at, 'tls_servername and a name behind % of an upstream contradict each other: keep one of them');
}

/** An age below that of idle connections makes no sense, as in CoreDNS. */
function refuseShortAge({ at }: Directive, { maxAgeMs, expireMs }: ForwardOptions): void {
  if (maxAgeMs > 0 && maxAgeMs < expireMs) {
    throw corefileError(at, `max_age (${maxAgeMs / 1000}s) is below expire (${expireMs / 1000}s)`, 'Raise max_age, or lower expire.');
  }
}
