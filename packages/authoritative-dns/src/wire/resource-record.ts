import type { Ipv4Address, Ipv6Address } from '@seamark/common/model';

/** RDATA by type. Names in presentation form without trailing dot, times in seconds. `OPAQUE` stands for every other type (RFC 3597). */
export type RecordData =
  | { readonly type: 'A'; readonly address: Ipv4Address }
  | { readonly type: 'AAAA'; readonly address: Ipv6Address }
  | { readonly type: 'NS' | 'CNAME' | 'PTR'; readonly target: string }
  | {
      readonly type: 'SOA';
      readonly mname: string;
      readonly rname: string;
      readonly serial: number;
      readonly refresh: number;
      readonly retry: number;
      readonly expire: number;
      readonly minimum: number;
    }
  | { readonly type: 'MX'; readonly preference: number; readonly exchange: string }
  /** At least one character-string of at most 255 octets each. */
  | { readonly type: 'TXT'; readonly strings: readonly Uint8Array[] }
  | { readonly type: 'SRV'; readonly priority: number; readonly weight: number; readonly port: number; readonly target: string }
  | { readonly type: 'OPAQUE'; readonly octets: Uint8Array };

/** A resource record. `type` is the code on the wire; `data` is typed when the codec knows the type, else opaque. */
export interface ResourceRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Seconds, 0..2^32-1 as sent; a receiver takes values above 2^31-1 as 0 (RFC 2181 8). */
  readonly ttl: number;
  readonly data: RecordData;
}
