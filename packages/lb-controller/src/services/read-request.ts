import { type Address, addressFamily, type Service, tryParseAddress, unmapAddress } from '@seamark/common/model';
import type { ReasonParams } from '@seamark/common/reasons';
import type { AddressRequest, FamilyWish } from '../allocator/index.ts';
import { readAnnotation } from './service-annotations.ts';

type UnreadableCode = 'ADDRESS_INVALID' | 'ADDRESS_REQUESTED_TWICE' | 'CLUSTER_IPS_MISSING' | 'CLUSTER_IP_PENDING';

/** Why a Service's request cannot even be put to the allocator. */
export type Unreadable = { readonly [C in UnreadableCode]: { readonly code: C; readonly params: ReasonParams<C> } }[UnreadableCode];

/** Reads what a LoadBalancer Service asks for from its spec and annotations. */
export function readRequest(service: Service, key: string): AddressRequest | Unreadable {
  const wish = readWish(service);
  if ('code' in wish) return wish;
  const addresses = readAddresses(service);
  if ('code' in addresses) return addresses;
  const pool = readAnnotation(service, 'address-pool')?.value;
  return {
    service: key,
    wish,
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(pool === undefined || pool === '' ? {} : { pool }),
  };
}

/**
 * The families follow from the clusterIPs that the Service really has, not from `ipFamilies`: a PreferDualStack Service in a
 * single-stack cluster is a single-stack Service.
 */
function readWish(service: Service): FamilyWish | Unreadable {
  const { spec } = service;
  const texts = spec.clusterIPs?.length ? spec.clusterIPs : spec.clusterIP === undefined ? [] : [spec.clusterIP];
  const families = new Set(
    texts.flatMap((text) => {
      const address = tryParseAddress(text);
      return address.ok ? [addressFamily(address.value)] : []; // "None", or not given yet
    }),
  );
  const [first] = families;
  if (first === undefined) return { code: 'CLUSTER_IP_PENDING', params: {} };
  if (families.size === 1) {
    if (spec.ipFamilyPolicy === 'RequireDualStack') return { code: 'CLUSTER_IPS_MISSING', params: { wanted: 2, present: 1 } };
    return { stack: 'single', family: first };
  }
  return spec.ipFamilyPolicy === 'PreferDualStack'
    ? { stack: 'prefer-dual', primary: spec.ipFamilies?.[0] ?? 'IPv4' }
    : { stack: 'require-dual' };
}

/** The definite addresses asked for, none when there are none. */
function readAddresses(service: Service): readonly Address[] | Unreadable {
  const annotation = readAnnotation(service, 'loadBalancerIPs');
  const list = annotation?.value ?? '';
  const single = service.spec.loadBalancerIP ?? '';
  if (annotation !== undefined && list !== '' && single !== '') {
    return { code: 'ADDRESS_REQUESTED_TWICE', params: { fields: [annotation.key, 'spec.loadBalancerIP'] } };
  }
  if (single !== '') {
    const address = tryParseAddress(single);
    return address.ok
      ? [unmapAddress(address.value)]
      : { code: 'ADDRESS_INVALID', params: { field: 'spec.loadBalancerIP', value: single, problem: address.problem } };
  }
  if (annotation === undefined || list === '') return [];
  const invalid = (problem: string): Unreadable => ({ code: 'ADDRESS_INVALID', params: { field: annotation.key, value: list, problem } });
  const addresses: Address[] = [];
  for (const text of list.split(',')) {
    const address = tryParseAddress(text.trim());
    if (!address.ok) return invalid(address.problem);
    addresses.push(unmapAddress(address.value));
  }
  if (addresses.length > 2) return invalid(`invalid ips length ${addresses.length}: at most one address of each family`);
  const [first, second] = addresses;
  if (first !== undefined && second !== undefined && addressFamily(first) === addressFamily(second)) {
    return invalid('same address family: it must be one address of each');
  }
  return addresses;
}
