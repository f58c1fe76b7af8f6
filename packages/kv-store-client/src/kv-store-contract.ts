import { afterAll, beforeAll, describe } from 'vitest';
import type { ContractStore, MakeContractStore } from './contract/contract-store.ts';
import { leaseContract } from './contract/leases.ts';
import { lifecycleContract } from './contract/lifecycle.ts';
import { randomHistoryContract } from './contract/random-histories.ts';
import { rangeContract } from './contract/ranges.ts';
import { transactionContract } from './contract/transactions.ts';
import { watchContract } from './contract/watches.ts';

export type { ContractStore, MakeContractStore } from './contract/contract-store.ts';

/**
 * The contract of {@link import('./kv-store.ts').KvStore} as a vitest suite: what every driver must do alike. Call it in a driver's
 * test file. `makeStore` is called a few times; data may be shared between the stores it makes, but nothing else may write to it.
 */
export function kvStoreContract(name: string, makeStore: MakeContractStore): void {
  describe(`${name} keeps the contract of KvStore`, () => {
    let contract: ContractStore;
    const subject = (): ContractStore => contract;
    beforeAll(async () => {
      contract = await makeStore();
    });
    afterAll(async () => {
      await contract?.[Symbol.asyncDispose]();
    });
    describe('range', () => rangeContract(subject));
    describe('transact', () => transactionContract(subject));
    describe('watch', () => watchContract(subject));
    describe('random histories', () => randomHistoryContract(subject));
    describe('lifecycle', () => lifecycleContract(subject, makeStore));
    // Last: it opens the shared store again.
    describe('leases', () => leaseContract(subject));
  });
}
