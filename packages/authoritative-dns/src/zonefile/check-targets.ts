import { recordTypeName, recordTypes } from '../wire/record-type.ts';
import { nameToText } from '../wire/presentation/name-text.ts';
import { nameSortKey } from './canonical-order.ts';
import type { Report } from './check-zone.ts';
import { ownerText, withoutApex, type ZoneOwner, type ZoneOwners } from './zone-owners.ts';

const addresses: readonly number[] = [recordTypes.A, recordTypes.AAAA];

/** Types whose target must have addresses of its own, and where the name stands. */
const hostAt: ReadonlyMap<number, number> = new Map<number, number>([
  [recordTypes.NS, 0],
  [recordTypes.MX, 2],
  [recordTypes.SRV, 6],
]);

/** Types with a name in their data, and where it stands. */
const targetAt: ReadonlyMap<number, number> = new Map<number, number>([
  ...hostAt,
  [recordTypes.CNAME, 0],
  [recordTypes.DNAME, 0],
  [recordTypes.PTR, 0],
]);

const arpa = nameSortKey(Uint8Array.of(4, 0x61, 0x72, 0x70, 0x61, 0));

/**
 * Targets of NS, MX and SRV within the zone: each has an address (RFC 1034 4.2.1, glue where it lies below the delegation) and is no
 * alias (RFC 2181 10.3). Those of aliases and PTR as well are not written without the final dot that was meant. The zone can be served
 * without; whoever follows the record cannot.
 */
export function checkTargets(owners: ZoneOwners, report: Report): void {
  for (const [key, owner] of owners.byKey) {
    if (owners.delegationAbove(key, false) !== undefined) continue;
    for (const [type, offset] of targetAt) {
      for (const record of owner.types.get(type) ?? []) {
        const target = record.rdata.subarray(offset);
        if (target[0] === 0) continue; // "none" (RFC 2782, RFC 7505)
        const targetKey = nameSortKey(target);
        if (!targetKey.startsWith(owners.apexKey)) continue;
        const problem =
          dotProblem(owners, target, targetKey, type) ??
          (hostAt.has(type) ? targetProblem(owners, key, targetKey, type === recordTypes.NS) : undefined);
        if (problem === undefined) continue;
        const what = `${recordTypeName(type)} of ${ownerText(owner)}`;
        report('warning', problem.rule, record, `the ${what} leads to ${nameToText(target)}, ${problem.text}`);
      }
    }
  }
}

interface TargetProblem {
  readonly rule: string;
  readonly text: string;
}

function dotProblem(owners: ZoneOwners, target: Uint8Array, targetKey: string, type: number): TargetProblem | undefined {
  const isReverse = type === recordTypes.PTR && owners.apexKey.startsWith(arpa);
  if (owners.byKey.has(targetKey) || !(isReverse || owners.isDoubled(targetKey))) return undefined;
  const meant = nameToText(withoutApex(target, owners.apexOctets));
  return { rule: 'dot_missing', text: `since a name without a final dot is relative to the origin: write ${meant} if that is meant` };
}

function targetProblem(owners: ZoneOwners, key: string, targetKey: string, isNs: boolean): TargetProblem | undefined {
  const target: ZoneOwner | undefined = owners.byKey.get(targetKey);
  if (target !== undefined && addresses.some((type) => target.types.has(type))) return undefined;
  if (target?.types.has(recordTypes.CNAME) === true) {
    return { rule: 'target_alias', text: 'which is an alias: name the host itself (RFC 2181 10.3)' };
  }
  const delegation = owners.delegationAbove(targetKey, true);
  if (delegation !== undefined) {
    // Below another delegation the addresses are the child's matter; below its own they are needed to get there.
    if (!isNs || delegation !== key) return undefined;
    return { rule: 'glue_missing', text: 'which lies below the delegation and has no A or AAAA here: add its addresses as glue' };
  }
  if (owners.redirectionAbove(targetKey) !== undefined)
    return { rule: 'target_alias', text: 'which a DNAME redirects: name the host itself (RFC 2181 10.3)' };
  if (target === undefined && owners.wildcardHas(targetKey, addresses)) return undefined;
  return { rule: 'target_without_address', text: 'which has no A or AAAA in the zone: add one, or correct the name' };
}
