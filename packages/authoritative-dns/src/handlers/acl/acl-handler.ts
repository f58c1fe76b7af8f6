import { addressFromBytes, unmapAddress } from '@seamark/common/model';

import type { Handler } from '../../chain/handler.ts';
import { emptyResponse, type Outcome } from '../../chain/response.ts';
import { extendedErrors, responseCodes } from '../../wire/protocol-codes.ts';
import { type AccessList, type AclRule, firstMatch } from './acl-rule.ts';
import type { AclCounters } from './acl-metrics.ts';

/** Lets questions pass, refuses them, answers them with nothing, or drops them, by name, type and asker. */
export function createAclHandler(lists: readonly AccessList[], counters: AclCounters): Handler {
  return {
    name: 'acl',
    // Never transparent: whatever is compiled ahead must not pass by it.
    handle(request, next) {
      const source = unmapAddress(addressFromBytes(request.client.address));
      for (const { zones, rules } of lists) {
        const zone = zones.match(request.name);
        if (zone === undefined) continue;
        const rule = firstMatch(rules, request.type, source);
        if (rule === undefined) continue;
        if (rule.action === 'allow') break;
        counters.denied(rule.action, zone);
        return denial(rule, zone);
      }
      counters.allowed();
      return next(request);
    },
  };
}

function denial(rule: AclRule, zone: string): Outcome {
  if (rule.action === 'drop') return { drop: 'acl', by: 'acl' };
  // Who may not ask at all is told so; what nobody may have is blocked (RFC 8914 4.16, 4.19).
  const prohibited = rule.action === 'block' && rule.sources !== undefined;
  const extendedError = { code: prohibited ? extendedErrors.prohibited : extendedErrors.blocked };
  const responseCode = rule.action === 'block' ? responseCodes.REFUSED : responseCodes.NOERROR;
  return emptyResponse('acl', responseCode, { extendedErrors: [extendedError], zone });
}
