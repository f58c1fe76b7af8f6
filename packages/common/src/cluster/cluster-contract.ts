import { afterEach, describe } from 'vitest';
import { type ContractDriver, setUpDriver } from './contract/contract-setting.ts';
import { viewContract } from './contract/view-contract.ts';
import { writeContract } from './contract/write-contract.ts';

export type { ContractDriver } from './contract/contract-setting.ts';

/**
 * The tests that every Cluster driver passes. Each test has a namespace of its own, so that drivers on one API server do not meet;
 * `makeDriver` is called once for each test.
 */
export function clusterContract(name: string, makeDriver: () => Promise<ContractDriver>): void {
  describe(`Cluster contract: ${name}`, () => {
    const cleanups: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });
    const setUp = () => setUpDriver(makeDriver, (cleanup) => cleanups.push(cleanup));
    viewContract(setUp);
    writeContract(setUp);
  });
}
