import type { Directive, DirectiveSetup, SetupContext, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { onlyArgument } from '../../corefile/arguments/only-argument.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readInteger } from '../../corefile/arguments/read-integer.ts';
import { readZones } from '../../corefile/arguments/read-zones.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { type RateLimitOptions, type ResponseKind, ResponseRateLimiter } from '../../respond/rate-limit/response-rate-limiter.ts';
import { ZoneList } from '../zone-list.ts';
import { createRrlHandler } from './rrl-handler.ts';
import { createRrlCounters } from './rrl-metrics.ts';

const allowances: Readonly<Record<string, ResponseKind>> = {
  'responses-per-second': 'responses',
  'nodata-per-second': 'nodata',
  'nxdomains-per-second': 'nxdomains',
  'referrals-per-second': 'referrals',
  'errors-per-second': 'errors',
  'requests-per-second': 'requests',
};

const options = [
  'window',
  'ipv4-prefix-length',
  'ipv6-prefix-length',
  ...Object.keys(allowances),
  'slip-ratio',
  'max-table-size',
  'report-only',
];

/** The directive `rrl [ZONES...]`: response-rate limiting. */
export const rrlSetup: DirectiveSetup = {
  name: 'rrl',
  once: true,
  setup([use], context) {
    const { limits, reportOnly } = readLimits(use, context);
    const zones = context.collect(use.at, () => readZones(use.args, context), []);
    return {
      handler: createRrlHandler({
        zones: new ZoneList(zones),
        limiter: new ResponseRateLimiter(limits),
        reportOnly,
        counters: createRrlCounters(context.metrics, context.server),
      }),
    };
  },
};

function readLimits(use: Directive, context: SetupContext): { readonly limits: RateLimitOptions; readonly reportOnly: boolean } {
  const limits: { -readonly [Key in keyof RateLimitOptions]: RateLimitOptions[Key] } = { perSecond: {} };
  const perSecond: Partial<Record<ResponseKind, number>> = {};
  let reportOnly = false;
  readOptions(use, context, (line) => {
    const option = line.name.text;
    const kind = Object.hasOwn(allowances, option) ? allowances[option] : undefined;
    if (kind !== undefined) perSecond[kind] = readNumber(onlyArgument(line), 'a number of responses');
    else if (option === 'window') limits.windowSeconds = readPositive(onlyArgument(line), 'a number of seconds');
    else if (option === 'ipv4-prefix-length')
      limits.ipv4PrefixLength = readInteger(onlyArgument(line), { what: 'a prefix length', least: 1, most: 32 });
    else if (option === 'ipv6-prefix-length')
      limits.ipv6PrefixLength = readInteger(onlyArgument(line), { what: 'a prefix length', least: 1, most: 128 });
    else if (option === 'slip-ratio') limits.slip = readInteger(onlyArgument(line), { what: 'a ratio', least: 0, most: 10 });
    else if (option === 'max-table-size')
      limits.maxTableSize = readInteger(onlyArgument(line), { what: 'a number of accounts', least: 0, most: 2 ** 24 });
    else if (option === 'report-only') {
      expectArguments(line, 0, 0);
      reportOnly = true;
    } else throw unknownOption(use, line.name, options);
  });
  const { responses = 0 } = perSecond;
  limits.perSecond = { nodata: responses, nxdomains: responses, referrals: responses, errors: responses, ...perSecond };
  return { limits, reportOnly };
}

function readNumber(token: Token, what: string): number {
  const value = /^[0-9]+(?:\.[0-9]+)?$/.test(token.text) ? Number(token.text) : Number.NaN;
  if (value >= 0 && Number.isFinite(value)) return value;
  throw corefileError(token.at, `${JSON.stringify(token.text)} is not ${what}: it must be a number from 0 on`);
}

function readPositive(token: Token, what: string): number {
  const value = readNumber(token, what);
  if (value > 0) return value;
  throw corefileError(token.at, `${JSON.stringify(token.text)} is not ${what}: it must be greater than 0`);
}
