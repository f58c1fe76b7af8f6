import { createReasonStream, formatDecision } from '@seamark/common/reasons';
import { createSteppedClock } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { decision } from '../sources/derivation.ts';
import { DecisionLedger } from './decision-ledger.ts';

const web = { kind: 'Service', namespace: 'web', name: 'web' };
const waiting = decision('RECORD_WAITS_FOR_ADDRESS', web, 'address', { names: ['web.example.org'] });
const published = decision('RECORD_PUBLISHED', web, 'name:web.example.org/A', {
  name: 'web.example.org',
  type: 'A',
  targets: ['192.0.2.1'],
  ttlSeconds: undefined,
});

function ledgerOf(waitingGraceMs: number) {
  const clock = createSteppedClock();
  const reasons = createReasonStream();
  return { clock, ledger: new DecisionLedger(reasons, { clock, waitingGraceMs }), said: () => [...reasons.list()].map(formatDecision) };
}

describe('waiting for an address', () => {
  it('is not worth saying while it is short', async () => {
    const { clock, ledger, said } = ledgerOf(2_000);
    ledger.replace('object', [waiting]);
    await clock.advance(1_999);
    expect(said()).toEqual([]);
    ledger.replace('object', [published]);
    await clock.advance(10_000);
    expect(said()).toEqual([expect.stringContaining('web.example.org A 192.0.2.1 is published')]);
  });

  it('is said when it lasts, with the cause as it is known by then', async () => {
    const { clock, ledger, said } = ledgerOf(2_000);
    ledger.replace('object', [waiting]);
    await clock.advance(1_000);
    ledger.replace('object', [
      decision('RECORD_WAITS_FOR_ADDRESS', web, 'address', { names: ['web.example.org'], cause: 'pool lan is full' }),
    ]);
    await clock.advance(1_000);
    expect(said()).toEqual([expect.stringContaining('pool lan is full')]);
    ledger.replace('object', []);
    expect(said()).toEqual([]);
  });
});
