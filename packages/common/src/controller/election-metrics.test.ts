import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { measureElection } from './election-metrics.ts';

it('every writer of a process is told by name, as it stands when it is scraped', async () => {
  const registry = new Registry();
  const first = { isLeader: false };
  measureElection(registry, 'lb-controller', first);
  measureElection(registry, 'dns-sync', { isLeader: true });
  const lines = async (): Promise<string[]> => (await registry.metrics()).split('\n').filter((line) => line.startsWith('leader_'));
  expect(await lines()).toEqual([
    'leader_election_master_status{name="lb-controller"} 0',
    'leader_election_master_status{name="dns-sync"} 1',
  ]);
  first.isLeader = true;
  expect(await lines()).toContain('leader_election_master_status{name="lb-controller"} 1');
});
