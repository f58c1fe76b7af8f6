import type { MetricRegistry } from '../../metrics/metric-registry.ts';
import { sharedCounter } from '../../metrics/shared-counter.ts';
import type { AclAction } from './acl-rule.ts';

/** Counts what becomes of questions. */
export interface AclCounters {
  denied(action: Exclude<AclAction, 'allow'>, zone: string): void;
  allowed(): void;
}

const denied = {
  block: { name: 'coredns_acl_blocked_requests_total', help: 'Questions that acl refused.' },
  filter: { name: 'coredns_acl_filtered_requests_total', help: 'Questions that acl answered with no records.' },
  drop: { name: 'coredns_acl_dropped_requests_total', help: 'Questions that acl left without an answer.' },
} as const;

/** The counters of CoreDNS's acl, for the blocks of one server; the label `view` is always empty. */
export function createAclCounters(registry: MetricRegistry | undefined, server: string): AclCounters {
  const labelNames = ['server', 'zone', 'view'] as const;
  const byAction = {
    block: sharedCounter(registry, { ...denied.block, labelNames }),
    filter: sharedCounter(registry, { ...denied.filter, labelNames }),
    drop: sharedCounter(registry, { ...denied.drop, labelNames }),
  };
  const allowed = sharedCounter(registry, {
    name: 'coredns_acl_allowed_requests_total',
    help: 'Questions that acl let pass.',
    labelNames: ['server', 'view'],
  })?.labels(server, '');
  return {
    denied: (action, zone) => byAction[action]?.labels(server, zone, '').inc(),
    allowed: () => allowed?.inc(),
  };
}
