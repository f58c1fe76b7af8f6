import { dnsNameToWire } from '@seamark/common/model';

import type { Handler } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import { type DnsResponse, emptyResponse, type RecordSet } from '../../chain/response.ts';
import { classIn, responseCodes } from '../../wire/protocol-codes.ts';
import { sameName } from '../same-name.ts';
import { ZoneList } from '../zone-list.ts';
import { apexRecords, localZones, loopbackPointer, loopbackRecords, loopbackReverseName, startOfAuthority } from './local-zone.ts';

/** Options of {@link createLocalHandler}. */
export interface LocalOptions {
  /** Names that start with `localhost.`, such as `localhost.example.org`, are localhost too: a search list made them. */
  readonly localhostPrefix: boolean;
  /** Called for each question below `localhost`, or with its prefix. */
  readonly onLocalhostName: () => void;
}

const localhost = dnsNameToWire('localhost.');
const zones = new ZoneList(localZones);

/** Answers what must not leave the host or its network: `localhost`, and reverse names of 0/8, 127/8 and 255/8. */
export function createLocalHandler({ localhostPrefix, onLocalhostName }: LocalOptions): Handler {
  return {
    name: 'local',
    handle(request, next) {
      if (request.class !== classIn) return next(request);
      const { name, type } = request;
      const zone = zones.match(name);
      if (zone === undefined && !(localhostPrefix && hasLocalhostPrefix(name))) return next(request);
      if (zone === undefined) {
        onLocalhostName();
        // No zone of ours: the name's own, as far as anybody can tell.
        return answer(name, loopbackRecords(name, type));
      }
      if (zone !== 'localhost.') return answerReverse(request, dnsNameToWire(zone));
      if (sameName(name, localhost)) return answer(localhost, loopbackRecords(name, type) ?? apexRecords(localhost, type));
      onLocalhostName();
      return answer(localhost, loopbackRecords(name, type));
    },
  };
}

function answerReverse({ name, type }: DnsRequest, zone: Uint8Array): DnsResponse {
  if (sameName(name, zone)) return answer(zone, apexRecords(zone, type));
  if (sameName(name, loopbackReverseName)) return answer(zone, loopbackPointer(type));
  if (isAbove(name, loopbackReverseName)) return answer(zone, undefined);
  return response(responseCodes.NXDOMAIN, { authorities: [startOfAuthority(zone)] });
}

/** The record, or that the name has none of the type. */
function answer(zone: Uint8Array, record: RecordSet | undefined): DnsResponse {
  return response(responseCodes.NOERROR, record === undefined ? { authorities: [startOfAuthority(zone)] } : { answers: [record] });
}

function response(responseCode: number, extra: Partial<DnsResponse>): DnsResponse {
  return emptyResponse('local', responseCode, { authoritative: true, ...extra });
}

function hasLocalhostPrefix(name: Uint8Array): boolean {
  const label = localhost.length - 1; // without the root
  return name.length > localhost.length && sameName(name.subarray(0, label), localhost.subarray(0, label));
}

/** True when `name` is an ancestor of `below`: it exists because that does (RFC 8020 2). */
function isAbove(name: Uint8Array, below: Uint8Array): boolean {
  for (let at = (below[0] as number) + 1; at < below.length; at += (below[at] as number) + 1) {
    if (sameName(name, below.subarray(at))) return true;
  }
  return false;
}
