import { createReasonStream } from '@seamark/common/reasons';
import { describe, expect, it } from 'vitest';
import { printChanges } from './change-lines.ts';
import { renderRows } from './live-table.ts';
import { renderPlan } from './plan-report.ts';
import { rowsOf } from './service-row.ts';
import { textTable } from './text-table.ts';

const web = { kind: 'Service', namespace: 'web', name: 'web' };
const lost = { kind: 'Service', namespace: 'web', name: 'lost' };

function streamWithDecisions() {
  const reasons = createReasonStream({ now: () => 0 });
  reasons.report({
    code: 'ADDRESS_ASSIGNED',
    object: web,
    topic: 'address',
    params: { addresses: ['192.0.2.1', '2001:db8::1'], pool: 'lan' },
  });
  for (const [type, target] of [
    ['A', '192.0.2.1'],
    ['AAAA', '2001:db8::1'],
  ] as const) {
    reasons.report({
      code: 'RECORD_PUBLISHED',
      object: web,
      topic: `name:web.example.org/${type}`,
      params: { name: 'web.example.org', type, targets: [target], ttlSeconds: 60 },
    });
  }
  reasons.report({ code: 'NO_POOLS', object: lost, topic: 'address', params: { namespaces: ['metallb-system'] } });
  return reasons;
}

describe('what a person sees', () => {
  it('lays out columns as wide as their widest cell', () => {
    expect(
      textTable(
        ['A', 'LONGER'],
        [
          ['wide cell', 'x'],
          ['y', 'z'],
        ],
      ),
    ).toEqual(['A          LONGER', 'wide cell  x', 'y          z']);
  });

  const answers = (_name: string, type: string): readonly string[] => (type === 'A' ? ['192.0.2.1'] : []);

  it('shows address, pool, names and the answers of the name server, and what needs attention', () => {
    const { table, warnings } = renderRows(rowsOf(streamWithDecisions()), answers, 160);
    expect(table.join('\n')).toMatch(/Service web\/web +192\.0\.2\.1, 2001:db8::1 +lan +web\.example\.org +A 192\.0\.2\.1/);
    expect(table.join('\n')).toMatch(/web\.example\.org +.*AAAA …/);
    expect(warnings).toEqual([
      expect.stringContaining('Service web/lost cannot get an address: there is no IPAddressPool; create one in namespace metallb-system'),
    ]);
  });

  it('keeps names and answers in a narrow terminal', () => {
    const { table } = renderRows(rowsOf(streamWithDecisions()), answers, 72);
    const [head, row = ''] = table;
    expect(head).not.toContain('POOL');
    expect(row).toMatch(/web\.example\.org +A 192\.0\.2\.1$/);
    expect(row.length).toBeLessThanOrEqual(72);
  });

  it('prints one JSON line per changed object with its whole state', async () => {
    const reasons = streamWithDecisions();
    let text = '';
    using _printing = printChanges(reasons, 'json', (lines) => (text += lines));
    await new Promise((resolve) => setImmediate(resolve));
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      object: web,
      addresses: ['192.0.2.1', '2001:db8::1'],
      pool: 'lan',
      warnings: [],
      records: [{ name: 'web.example.org', type: 'A' }, { type: 'AAAA' }],
    });
    expect(lines[1]).toMatchObject({ object: lost, addresses: [], pool: null, warnings: [{ code: 'NO_POOLS' }] });
    text = '';
    reasons.end(web, 'name:web.example.org/A');
    reasons.end(web, 'name:web.example.org/AAAA');
    await new Promise((resolve) => setImmediate(resolve));
    expect(JSON.parse(text)).toMatchObject({ object: web, records: [] });
  });
});

describe('a plan', () => {
  const endpoint = {
    dnsName: 'web.example.org',
    recordType: 'A' as const,
    targets: ['192.0.2.1'],
    recordTTL: 60,
    labels: { resource: 'service/web/web' },
    providerSpecific: [],
  };
  const plan = {
    services: [{ namespace: 'web', name: 'web', ips: ['192.0.2.1'], pool: 'lan', error: null }],
    endpoints: [endpoint],
    decisions: [...streamWithDecisions().list()],
  };

  it.each(['json', 'yaml'] as const)('as %s has services, endpoints and decisions', async (format) => {
    const { load } = await import('js-yaml');
    const text = renderPlan(plan, format);
    const parsed = (format === 'json' ? JSON.parse(text) : load(text)) as {
      services: unknown;
      endpoints: unknown;
      decisions: { code: string }[];
    };
    expect(parsed.services).toEqual(plan.services);
    expect(parsed.endpoints).toEqual([endpoint]);
    expect(parsed.decisions.map(({ code }) => code)).toContain('NO_POOLS');
  });

  it('as a table shows records and what needs attention', () => {
    const text = renderPlan(plan, 'table');
    expect(text).toMatch(/web\.example\.org +A +60 +192\.0\.2\.1 +service\/web\/web/);
    expect(text).toMatch(/^! Service web\/lost cannot get an address/m);
  });
});
