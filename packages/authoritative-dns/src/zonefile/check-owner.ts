import { recordTypeName, recordTypes } from '../wire/record-type.ts';
import type { Report } from './check-zone.ts';
import { nameToText } from '../wire/presentation/name-text.ts';
import { ownerText, type ZoneOwner, type ZoneOwners } from './zone-owners.ts';
import type { ZoneRecord } from './zone-record.ts';

/** Types that may stand beside a CNAME (RFC 4034 2.5, 4; RFC 2535 for the older three). */
const besideAlias = new Set<number>([
  recordTypes.CNAME,
  recordTypes.RRSIG,
  recordTypes.NSEC,
  recordTypes.SIG,
  recordTypes.NXT,
  recordTypes.KEY,
]);
/** What an authoritative server gives from a name at which it delegates (RFC 4035 2.6, RFC 9859). */
const atDelegation = new Set<number>([
  recordTypes.NS,
  recordTypes.DS,
  recordTypes.RRSIG,
  recordTypes.NSEC,
  recordTypes.A,
  recordTypes.AAAA,
]);
const glue = new Set<number>([recordTypes.A, recordTypes.AAAA]);

/** The rules that one name can break by itself or by what stands above it. */
export function checkOwner(owners: ZoneOwners, owner: ZoneOwner, key: string, report: Report): void {
  const { types } = owner;
  const atApex = key === owners.apexKey;
  const firstOf = (type: number): ZoneRecord | undefined => types.get(type)?.[0];

  const aliases = types.get(recordTypes.CNAME);
  const [alias, secondAlias] = aliases ?? [];
  if (alias !== undefined) {
    if (secondAlias !== undefined) {
      report('error', 'cname_twice', secondAlias, `${ownerText(owner)} has ${aliases?.length} CNAME records: keep one (RFC 2181 10.1)`);
    }
    const others = [...types.keys()].filter((type) => !besideAlias.has(type));
    if (others.length > 0) {
      const names = others.map(recordTypeName).join(', ');
      report('error', 'cname_alone', alias, `${ownerText(owner)} has a CNAME and ${names}: a CNAME stands alone (RFC 1034 3.6.2)`);
    }
  }

  const redirections = types.get(recordTypes.DNAME);
  const [redirection, secondRedirection] = redirections ?? [];
  if (redirection !== undefined) {
    if (secondRedirection !== undefined) {
      report(
        'error',
        'dname_twice',
        secondRedirection,
        `${ownerText(owner)} has ${redirections?.length} DNAME records: keep one (RFC 6672 2.4)`,
      );
    }
    if (!atApex && types.has(recordTypes.NS)) {
      report('error', 'dname_delegation', redirection, `${ownerText(owner)} has a DNAME and NS: it redirects or delegates (RFC 6672 2.3)`);
    }
    if (isWildcard(owner)) {
      report(
        'warning',
        'dname_wildcard',
        redirection,
        `${ownerText(owner)} is a wildcard with a DNAME, whose effect is not defined (RFC 4592 4.4)`,
      );
    }
  }

  const ns = firstOf(recordTypes.NS);
  if (ns !== undefined && isWildcard(owner)) {
    report('warning', 'ns_wildcard', ns, `${ownerText(owner)} is a wildcard with NS, whose effect is not defined (RFC 4592 4.2)`);
  }
  const ds = firstOf(recordTypes.DS);
  if (ds !== undefined && (atApex || ns === undefined)) {
    const place = atApex ? 'is the apex: its DS belongs to the parent zone' : 'has a DS without NS: add the NS records or remove the DS';
    report('warning', 'ds_misplaced', ds, `${ownerText(owner)} ${place}`);
  }

  const redirectedBy = owners.redirectionAbove(key);
  if (redirectedBy !== undefined) {
    const above = owners.byKey.get(redirectedBy) as ZoneOwner;
    report(
      'error',
      'below_dname',
      firstRecord(owner),
      `${ownerText(owner)} stands below the DNAME of ${ownerText(above)}, which hides it (RFC 6672 2.4)`,
    );
    return;
  }
  const delegatedBy = owners.delegationAbove(key, false);
  if (delegatedBy !== undefined) {
    const hidden = [...types.values()].flat().find((record) => !glue.has(record.type));
    if (hidden === undefined) return;
    const above = nameToText((owners.byKey.get(delegatedBy) as ZoneOwner).name);
    report(
      'warning',
      'occluded',
      hidden,
      `${ownerText(owner)} ${recordTypeName(hidden.type)} stands below the delegation of ${above}, which hides it`,
    );
  } else if (ns !== undefined && !atApex) {
    const hidden = [...types.values()]
      .flat()
      .find((record) => !atDelegation.has(record.type) && record.type !== recordTypes.DNAME && record.type !== recordTypes.CNAME);
    if (hidden !== undefined) {
      report('warning', 'occluded', hidden, `${ownerText(owner)} is delegated, which hides its ${recordTypeName(hidden.type)}`);
    }
  }
}

function isWildcard({ name }: ZoneOwner): boolean {
  return name[0] === 1 && name[1] === 0x2a;
}

function firstRecord(owner: ZoneOwner): ZoneRecord {
  const [records] = owner.types.values();
  return records?.[0] as ZoneRecord;
}
