import { genericRdataText, rdataToText } from '../wire/presentation/rdata-text.ts';
import { type RecordTypeName, recordTypeName, recordTypes } from '../wire/record-type.ts';

/** Types whose text BIND 9.18, Knot 3.2 and NSD 4.6 all read; each lacks others, or forms of them. */
const readEverywhere: ReadonlySet<number> = new Set(
  `A NS CNAME SOA PTR HINFO MINFO MX TXT RP AFSDB RT AAAA LOC SRV NAPTR KX CERT DNAME APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3
  NSEC3PARAM TLSA SMIMEA CDS CDNSKEY OPENPGPKEY CSYNC ZONEMD SVCB HTTPS SPF NID L32 L64 LP EUI48 EUI64 URI CAA`
    .split(/\s+/)
    .map((name) => recordTypes[name as RecordTypeName]),
);

/** Parameters of SVCB and HTTPS that not all of them know by name: dohpath, ohttp, tls-supported-groups. */
const parameterUnknownSomewhere = /(?:^| )(?:dohpath|ohttp|tls-supported-groups)(?:=| |$)/;

/**
 * Type and RDATA, with a tab between them, in a form that other name servers read: the text of the type where all do, else
 * `TYPEnnn \# length hex` (RFC 3597 5), which needs no knowledge of the type. Names are absolute.
 */
export function portableText(type: number, rdata: Uint8Array): string {
  if (readEverywhere.has(type)) {
    const text = rdataToText(type, rdata);
    const isService = type === recordTypes.SVCB || type === recordTypes.HTTPS;
    // A value in quotes may look like such a parameter: then both forms are right.
    if (!isService || !parameterUnknownSomewhere.test(text)) return `${recordTypeName(type)}\t${text}`;
  }
  return `TYPE${type}\t${genericRdataText(rdata)}`;
}
