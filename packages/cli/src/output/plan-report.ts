import { dump } from 'js-yaml';
import { formatDecision } from '@seamark/common/reasons';
import type { Plan } from '../commands/plan.ts';
import { textTable } from './text-table.ts';

/** Forms of `seamark plan -o`. */
export const planFormats = ['table', 'json', 'yaml'] as const;
export type PlanFormat = (typeof planFormats)[number];

/** Renders a plan; JSON and YAML have one shape: services, endpoints, and decisions with code, object, message and remedy. */
export function renderPlan(plan: Plan, format: PlanFormat): string {
  if (format === 'table') return renderTable(plan);
  const result = {
    services: plan.services,
    endpoints: plan.endpoints,
    decisions: plan.decisions.map(({ code, severity, object, message, remedy }) => ({
      code,
      severity,
      object: { kind: object.kind, ...(object.namespace === undefined ? {} : { namespace: object.namespace }), name: object.name },
      message,
      ...(remedy === undefined ? {} : { remedy }),
    })),
  };
  return format === 'json' ? `${JSON.stringify(result, undefined, 2)}\n` : dump(result, { lineWidth: -1, noRefs: true });
}

function renderTable(plan: Plan): string {
  const warnings = plan.decisions.filter((decision) => decision.severity === 'warning');
  return [
    ...textTable(
      ['SERVICE', 'ADDRESS', 'POOL'],
      plan.services.map((service) => [`${service.namespace}/${service.name}`, service.ips.join(', ') || '-', service.pool ?? '-']),
    ),
    '',
    ...textTable(
      ['NAME', 'TYPE', 'TTL', 'TARGETS', 'FROM'],
      plan.endpoints.map((endpoint) => [
        endpoint.dnsName,
        endpoint.recordType,
        endpoint.recordTTL === undefined ? '-' : String(endpoint.recordTTL),
        endpoint.targets.join(', '),
        endpoint.labels['resource'] ?? '',
      ]),
    ),
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((decision) => `! ${formatDecision(decision)}`)]),
    '',
  ].join('\n');
}
