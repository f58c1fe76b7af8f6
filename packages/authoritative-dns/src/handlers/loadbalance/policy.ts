import type { DnsRequest } from '../../chain/request.ts';
import type { RecordSet } from '../../chain/response.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { shuffled, swap, type Random } from './shuffle.ts';
import type { Weights } from './weights.ts';

/** Gives the records of an RRset another order. */
export type Reorder = (set: RecordSet, request: DnsRequest) => RecordSet;

/** Every order of addresses and mail exchangers is as likely as any other. */
export function roundRobin(random: Random): Reorder {
  return (set) => (isAddress(set) || set.type === recordTypes.MX ? { ...set, rdata: shuffled(set.rdata, random) } : set);
}

/** Puts one address in front, chosen by weight; the others stay. For questions that lead to addresses. */
export function weighted(weights: () => Weights, random: Random): Reorder {
  return (set, request) => {
    if (!isAddress(set) || set.rdata.length < 2 || !leadsToAddresses(request.type)) return set;
    const list = set.rdata.map((address) => weights().of(set.owner, address));
    const total = list.reduce((sum, weight) => sum + weight, 0);
    let left = Math.floor(random() * total);
    const chosen = list.findIndex((weight) => (left -= weight) < 0);
    const rdata = [...set.rdata];
    swap(rdata, 0, chosen);
    return { ...set, rdata };
  };
}

/** Addresses come before the records of all other types that loadbalance touches. */
export function isAddress(set: RecordSet): boolean {
  return set.type === recordTypes.A || set.type === recordTypes.AAAA;
}

function leadsToAddresses(type: number): boolean {
  return type === recordTypes.A || type === recordTypes.AAAA || type === recordTypes.SRV;
}
