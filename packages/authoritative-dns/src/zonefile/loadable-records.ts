import { nameToText } from '../wire/presentation/name-text.ts';
import { recordTypes } from '../wire/record-type.ts';
import { nameSortKey } from './canonical-order.ts';
import { atDelegation, besideAlias, glue } from './companion-types.ts';
import { refusedRdata } from './refused-rdata.ts';
import type { WritableRecord } from './write-zone-file.ts';
import { type ZoneOwner, ZoneOwners } from './zone-owners.ts';

/**
 * The records with a reason (`leftOut`) at each one that keeps name servers from loading the zone, or that none would answer: what stands
 * beside a CNAME (RFC 1034 3.6.2), below a DNAME (RFC 6672 2.4) or below a delegation, a second CNAME or DNAME, NS of a wildcard
 * (RFC 4592 4.2), RDATA that BIND refuses in every form. The first record of a name that may have one only stays. `origin` is a name in wire form.
 */
export function markUnloadable(records: readonly WritableRecord[], origin: Uint8Array): WritableRecord[] {
  const owners = new ZoneOwners(origin);
  for (const record of records) owners.add({ ...record, at: nowhere }, nameSortKey(record.owner));
  return records.map((record) => {
    const leftOut = reasonAgainst(record, owners) ?? refusedRdata(record.type, record.rdata);
    return leftOut === undefined ? record : { ...record, leftOut };
  });
}

const nowhere = { file: '', line: 0 };

function reasonAgainst(record: WritableRecord, owners: ZoneOwners): string | undefined {
  const { type } = record;
  const key = nameSortKey(record.owner);
  const { types } = owners.byKey.get(key) as ZoneOwner;
  const delegation = owners.delegationAbove(key, false);
  const redirection = owners.redirectionAbove(key);
  // The key of a name begins with those of the names above it, so the shorter one is the higher. At one name the delegation counts.
  if (redirection !== undefined && (delegation === undefined || redirection.length < delegation.length)) {
    return `because of the DNAME of ${nameOf(owners, redirection)} above it (RFC 6672 2.4)`;
  }
  if (delegation !== undefined) {
    return glue.has(type) ? undefined : `because ${nameOf(owners, delegation)} is delegated, and this is no glue`;
  }
  if (types.has(recordTypes.CNAME) && !besideAlias.has(type)) return 'because a CNAME stands alone (RFC 1034 3.6.2)';
  if ((type === recordTypes.CNAME || type === recordTypes.DNAME) && record.rdata !== types.get(type)?.[0]?.rdata) {
    return 'because its name has another one (RFC 2181 10.1, RFC 6672 2.4)';
  }
  const isWildcard = record.owner[0] === 1 && record.owner[1] === 0x2a;
  if (type === recordTypes.NS && isWildcard) return 'because a wildcard cannot delegate (RFC 4592 4.2)';
  if (key === owners.apexKey || isWildcard || !types.has(recordTypes.NS)) return undefined;
  return atDelegation.has(type) ? undefined : 'because its name is delegated';
}

function nameOf(owners: ZoneOwners, key: string): string {
  return nameToText((owners.byKey.get(key) as ZoneOwner).name);
}
