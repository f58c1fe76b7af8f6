import { addressPlan, hostAddresses, hostNumbers, nodeAddresses, podNetworks } from './address-plan.ts';

/**
 * `ip` commands that bring traffic for pool addresses to the nodes that can be reached (`live`), where kube-proxy takes it on.
 * They stand in for a speaker, which announces each address from the nodes that should have it; with one they must go.
 */
export function poolRoutes(live: readonly number[]): string[] {
  const { ipv4, ipv6 } = addressPlan;
  return [...spread(ipv4.poolPrefix, live, 'ipv4'), ...spread(ipv6.poolPrefix, live, 'ipv6')];
}

/** `ip` commands of the control plane's host, which is no node: the API server reaches pods and Services (webhooks) by the nodes. */
export function controlPlaneRoutes(all: readonly number[], live: readonly number[]): string[] {
  const { ipv4, ipv6 } = addressPlan;
  const pods = all.flatMap((index) => {
    const [networks, via] = [podNetworks(index), nodeAddresses(index)];
    return [`route replace ${networks.ipv4} via ${via.ipv4}`, `route replace ${networks.ipv6} via ${via.ipv6}`];
  });
  return [...pods, ...spread(ipv4.services, live, 'ipv4'), ...spread(ipv6.services, live, 'ipv6')];
}

/** `ip` commands that send everything else to the router. */
export function defaultRoutes(segment: 'first' | 'second' = 'first'): string[] {
  const router = hostAddresses(hostNumbers.router);
  const [ipv4, ipv6] = segment === 'first' ? [router.ipv4, router.ipv6] : [router.secondIpv4, router.secondIpv6];
  return [`route replace default via ${ipv4}`, `route replace default via ${ipv6}`];
}

function spread(prefix: string, live: readonly number[], family: 'ipv4' | 'ipv6'): string[] {
  // Without a node nothing must be looked for on the LAN either.
  if (live.length === 0) return [`-route delete ${prefix}`, `route replace unreachable ${prefix}`];
  const hops = live.map((index) => `nexthop via ${nodeAddresses(index)[family]}`);
  return [`-route delete ${prefix}`, `route replace ${prefix} ${hops.join(' ')}`];
}
