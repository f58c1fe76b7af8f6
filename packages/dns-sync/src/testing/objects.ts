import type { DnsEndpoint, DnsEndpointEntry, Ingress, Service } from '@seamark/common/model';

/** The prefix that today's guides use. */
export const alpha = 'external-dns.alpha.kubernetes.io/';

/** A LoadBalancer Service `namespace/name` with a hostname annotation and addresses. */
export function loadBalancer(
  id: string,
  hostname: string,
  addresses: readonly string[],
  annotations: Record<string, string> = {},
): Service {
  const [namespace = '', name = ''] = id.split('/');
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, annotations: { [`${alpha}hostname`]: hostname, ...annotations } },
    spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] },
    status: { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } },
  };
}

/** An Ingress with hosts in its rules and addresses in its status. */
export function ingress(id: string, hosts: readonly string[], addresses: readonly string[], className?: string): Ingress {
  const [namespace = '', name = ''] = id.split('/');
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace, name },
    spec: { rules: hosts.map((host) => ({ host })), ...(className === undefined ? {} : { ingressClassName: className }) },
    status: { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } },
  };
}

/** A DNSEndpoint with these entries. */
export function dnsEndpoint(id: string, endpoints: readonly DnsEndpointEntry[]): DnsEndpoint {
  const [namespace = '', name = ''] = id.split('/');
  return { apiVersion: 'externaldns.k8s.io/v1alpha1', kind: 'DNSEndpoint', metadata: { namespace, name }, spec: { endpoints } };
}
