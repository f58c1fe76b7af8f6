import { formatAddress } from '@seamark/common/model';

import { recordTypeName } from './record-type.ts';
import type { RecordData, ResourceRecord } from './resource-record.ts';

/** RDATA as a zone file has it (RFC 1035 5.1), names with their trailing dot; opaque RDATA as `\# length hex` (RFC 3597 5). */
export function formatRecordData(data: RecordData): string {
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return formatAddress(data.address);
    case 'NS':
    case 'CNAME':
    case 'PTR':
      return absolute(data.target);
    case 'SOA':
      return [absolute(data.mname), absolute(data.rname), data.serial, data.refresh, data.retry, data.expire, data.minimum].join(' ');
    case 'MX':
      return `${data.preference} ${absolute(data.exchange)}`;
    case 'TXT':
      return data.strings.map(quoteString).join(' ');
    case 'SRV':
      return `${data.priority} ${data.weight} ${data.port} ${absolute(data.target)}`;
    case 'OPAQUE':
      break;
  }
  return `\\# ${data.octets.length} ${Buffer.from(data.octets).toString('hex')}`.trimEnd();
}

/** One line of a zone file: owner, TTL, class, type and data with single blanks between them. */
export function formatRecord(record: ResourceRecord): string {
  const className = record.class === 1 ? 'IN' : `CLASS${record.class}`;
  return `${absolute(record.name)} ${record.ttl} ${className} ${recordTypeName(record.type)} ${formatRecordData(record.data)}`;
}

function absolute(name: string): string {
  return name === '.' ? name : `${name}.`;
}

function quoteString(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) {
    if (octet === 0x22 || octet === 0x5c) text += `\\${String.fromCharCode(octet)}`;
    else if (octet >= 0x20 && octet <= 0x7e) text += String.fromCharCode(octet);
    else text += `\\${String(octet).padStart(3, '0')}`;
  }
  return `"${text}"`;
}
