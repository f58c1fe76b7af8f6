import { dnsNameToWire } from '@seamark/common/model';

import type { Handler } from '../../chain/handler.ts';
import { emptyResponse, type RecordSet } from '../../chain/response.ts';
import { classChaos, responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { characterString } from '../character-string.ts';
import { shuffled, type Random } from '../loadbalance/shuffle.ts';
import { keyOf } from '../zone-list.ts';

/** What the server says about itself. */
export interface ServerIdentity {
  readonly version: string;
  readonly hostName: string;
  readonly authors: readonly string[];
}

/** Answers CH TXT questions for the names of RFC 4892 and BIND; everything else of class CH goes on. */
export function createChaosHandler(identity: ServerIdentity, random: Random): Handler {
  const texts = new Map<string, readonly Uint8Array[]>(
    [
      ['version.bind', [identity.version]] as const,
      ['version.server', [identity.version]] as const,
      ['hostname.bind', [identity.hostName]] as const,
      ['id.server', [identity.hostName]] as const,
      ['authors.bind', identity.authors] as const,
    ].map(([name, strings]) => [keyOf(dnsNameToWire(name)), strings.map((text) => characterString(text))]),
  );
  return {
    name: 'chaos',
    transparent: true, // answers of zones are of class IN
    handle(request, next) {
      if (request.class !== classChaos || request.type !== recordTypes.TXT) return next(request);
      const rdata = texts.get(keyOf(request.name));
      if (rdata === undefined) return next(request);
      const set: RecordSet = {
        owner: request.name,
        type: recordTypes.TXT,
        class: classChaos,
        ttlSeconds: 0,
        rdata: shuffled(rdata, random),
      };
      return emptyResponse('chaos', responseCodes.NOERROR, { answers: rdata.length === 0 ? [] : [set] });
    },
  };
}
