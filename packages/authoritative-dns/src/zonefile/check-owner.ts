import { recordTypeName, recordTypes } from '../wire/record-type.ts';
import type { Report } from './check-zone.ts';
import { atDelegation, besideAlias, glue } from './companion-types.ts';
import { nameToText } from '../wire/presentation/name-text.ts';
import { ownerText, withoutApex, type ZoneOwner, type ZoneOwners } from './zone-owners.ts';
import type { ZoneRecord } from './zone-record.ts';

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
    const names = others.map(recordTypeName).join(', ');
    if (atApex) {
      const instead = 'remove it, or give the addresses themselves';
      report(
        'error',
        'cname_apex',
        alias,
        `${ownerText(owner)} is the apex, whose SOA and NS no CNAME can stand beside: ${instead} (RFC 1912 2.4)`,
      );
    } else if (others.length > 0) {
      report('error', 'cname_alone', alias, `${ownerText(owner)} has a CNAME and ${names}: a CNAME stands alone (RFC 1034 3.6.2)`);
    }
  }

  if (owners.isDoubled(key)) {
    const meant = nameToText(withoutApex(owner.name, owners.apexOctets));
    report(
      'warning',
      'dot_missing',
      firstRecord(owner),
      `${ownerText(owner)} has the name of the zone twice: a name without a final dot is relative to the origin; write ${meant} if that is meant`,
    );
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
