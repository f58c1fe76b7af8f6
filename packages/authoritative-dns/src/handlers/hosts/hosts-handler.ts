import type { Handler } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import { type DnsResponse, emptyResponse } from '../../chain/response.ts';
import { classIn, responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';
import type { ZoneList } from '../zone-list.ts';
import type { HostAddresses, HostsTable } from './hosts-table.ts';

/** Options of {@link createHostsHandler}. */
export interface HostsOptions {
  /** What is known at present. */
  readonly table: () => HostsTable;
  readonly zones: ZoneList;
  readonly ttlSeconds: number;
  /** Names that go on when they are not in the table. */
  readonly fallthrough: ZoneList;
  /** Questions of types that the table never has go on as well, where `fallthrough` lets them. */
  readonly fallthroughUnsupported: boolean;
}

/** Answers A, AAAA and PTR questions from a hosts file. */
export function createHostsHandler(options: HostsOptions): Handler {
  const { table, zones, fallthrough } = options;
  return {
    name: 'hosts',
    handle(request, next) {
      if (request.class !== classIn) return next(request);
      const { name, type } = request;
      const zone = zones.match(name);
      if (type === recordTypes.PTR) {
        // Reverse names need not be in the zones, and others may know those that are not in the table.
        const names = table().namesOf(name);
        if (names !== undefined) return answer(request, options, names, zone);
      }
      if (zone === undefined) return next(request);
      const host = table().find(name);
      if (host === undefined) {
        if (type === recordTypes.PTR || fallthrough.match(name) !== undefined) return next(request);
        // A hosts file has no SOA record to deny with, and does not say that the name is missing everywhere.
        return emptyResponse('hosts', responseCodes.SERVFAIL, { zone });
      }
      const addresses = addressesOf(host, type);
      if (addresses === undefined && options.fallthroughUnsupported && fallthrough.match(name) !== undefined) return next(request);
      return answer(request, options, addresses ?? [], zone);
    },
  };
}

/** `undefined` for a type that a hosts file does not have. */
function addressesOf(host: HostAddresses, type: number): readonly Uint8Array[] | undefined {
  if (type === recordTypes.A) return host.ipv4;
  return type === recordTypes.AAAA ? host.ipv6 : undefined;
}

function answer(
  { name, type }: DnsRequest,
  { ttlSeconds }: HostsOptions,
  rdata: readonly Uint8Array[],
  zone: string | undefined,
): DnsResponse {
  return emptyResponse('hosts', responseCodes.NOERROR, {
    authoritative: true,
    answers: rdata.length === 0 ? [] : [{ owner: name, type, ttlSeconds, rdata }],
    ...(zone === undefined ? {} : { zone }),
  });
}
