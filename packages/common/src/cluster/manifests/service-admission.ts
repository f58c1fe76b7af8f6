import type { AddressFamily, Service } from '../../model/index.ts';
import { type ClusterIpAllocator, familyOfText } from './cluster-ip-allocator.ts';

/** A Service as the API server would have stored it, and the addresses that were given to it (not those that it asked for). */
export interface AdmittedService {
  readonly service: Service;
  readonly given: readonly string[] | undefined;
  /** What could not be done, in words. */
  readonly problem: string | undefined;
}

type Spec = Service['spec'];

/**
 * Fills in what the API server fills in: type, protocol, families, and clusterIPs. `before` are the addresses given earlier, which
 * are kept while they fit. A clusterIP in the object itself is taken as it is, also one of another cluster's range. Nothing is released.
 */
export function admitService(
  service: Service,
  holder: string,
  before: readonly string[] | undefined,
  allocator: ClusterIpAllocator,
): AdmittedService {
  const spec: Spec = service.spec ?? {};
  const type = spec.type ?? 'ClusterIP';
  const ports = spec.ports?.map((port) => ({ protocol: 'TCP', ...port }));
  const base = { ...spec, type, ...(ports === undefined ? {} : { ports }) };
  const done = (filled: Spec, given?: readonly string[], problem?: string): AdmittedService => ({
    service: { ...service, spec: filled },
    given,
    problem,
  });
  if (type === 'ExternalName') return done(base);

  const asked = askedAddresses(spec);
  const families = familiesOf(spec, asked);
  const policy = spec.ipFamilyPolicy ?? (families.length > 1 ? 'RequireDualStack' : 'SingleStack');
  const withFamilies = { ...base, ipFamilies: families, ipFamilyPolicy: policy };
  if (asked[0] === 'None') return done({ ...withFamilies, clusterIP: 'None', clusterIPs: ['None'] });

  const problems: string[] = [];
  const given: string[] = [];
  const clusterIPs: string[] = [];
  for (const family of families) {
    const own = asked.find((address) => familyOfText(address) === family);
    if (own !== undefined) {
      if (!allocator.hold(own, holder))
        problems.push(`clusterIP ${own} is used by ${allocator.holderOf(own)?.split(' ')[1] ?? 'another Service'} as well`);
      clusterIPs.push(own);
      continue;
    }
    const kept = before?.find((address) => familyOfText(address) === family && allocator.hold(address, holder));
    const address = kept ?? allocator.take(family, holder);
    if (address === undefined) {
      problems.push(`no ${family} clusterIP is free`);
      continue;
    }
    given.push(address);
    clusterIPs.push(address);
  }
  const [clusterIP] = clusterIPs;
  const filled = clusterIP === undefined ? withFamilies : { ...withFamilies, clusterIP, clusterIPs };
  return done(filled, given.length === 0 ? undefined : given, problems.length === 0 ? undefined : problems.join('; '));
}

function askedAddresses(spec: Spec): readonly string[] {
  if (spec.clusterIPs !== undefined && spec.clusterIPs !== null && spec.clusterIPs.length > 0) return spec.clusterIPs;
  return spec.clusterIP === undefined || spec.clusterIP === '' ? [] : [spec.clusterIP];
}

function familiesOf(spec: Spec, asked: readonly string[]): readonly AddressFamily[] {
  const dual = spec.ipFamilyPolicy === 'PreferDualStack' || spec.ipFamilyPolicy === 'RequireDualStack';
  const stated =
    spec.ipFamilies !== undefined && spec.ipFamilies !== null && spec.ipFamilies.length > 0
      ? spec.ipFamilies
      : asked.flatMap((address) => familyOfText(address) ?? []);
  const first: readonly AddressFamily[] = stated.length === 0 ? ['IPv4'] : [...new Set(stated)];
  if (!dual || first.length > 1) return spec.ipFamilyPolicy === 'SingleStack' ? first.slice(0, 1) : first;
  return [...first, first[0] === 'IPv4' ? 'IPv6' : 'IPv4'];
}
