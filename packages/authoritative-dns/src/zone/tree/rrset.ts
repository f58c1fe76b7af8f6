/** All records of one name and type, with one TTL (RFC 2181 5). Whoever gives it out does not change it afterwards. */
export interface Rrset {
  readonly type: number;
  readonly ttlSeconds: number;
  /** Uncompressed RDATA, at least one, without duplicates, in the order in which it is sent. Names in it keep their case. */
  readonly rdata: readonly Uint8Array[];
  /** `ttlSeconds` changes with time by itself, or there is `rdataFor`: nobody keeps the octets of an answer with it. */
  readonly volatile?: boolean;
  /** Of a wildcard whose RDATA follows the name that it stands for: the RDATA for such a name, in wire form. */
  rdataFor?(name: Uint8Array): readonly Uint8Array[];
}

/** The RRset of a type among those of a name. */
export function rrsetOf(rrsets: readonly Rrset[], type: number): Rrset | undefined {
  for (let index = 0; index < rrsets.length; index++) if ((rrsets[index] as Rrset).type === type) return rrsets[index];
  return undefined;
}

/** The SOA of negative answers: its TTL is the lesser of its own and of MINIMUM (RFC 2308 3). */
export function negativeSoa(soa: Rrset): Rrset {
  const rdata = soa.rdata[0] as Uint8Array;
  const minimum = new DataView(rdata.buffer, rdata.byteOffset, rdata.length).getUint32(rdata.length - 4);
  return minimum < soa.ttlSeconds ? { ...soa, ttlSeconds: minimum } : soa;
}
