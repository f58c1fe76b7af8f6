import { type Address, addressFamily, type AddressFamily, formatAddress } from '@seamark/common/model';
import type { Allocator, AddressRequest, FreedAddress, Refusal } from '../allocator/index.ts';

/** Something that a Service can wait for. Every waiter also waits for a change of pools. */
export type WaitTopic = string;

/** The topic of all waiters. */
export const poolsTopic: WaitTopic = 'pools';

const addressTopic = (address: Address | string): WaitTopic => `address ${typeof address === 'string' ? address : formatAddress(address)}`;
const poolTopic = (pool: string, need: string): WaitTopic => `pool ${pool} ${need}`;
const automaticTopic = (need: string): WaitTopic => `automatic ${need}`;
const gainTopic = (pool: string, family: AddressFamily): WaitTopic => `gain ${pool} ${family}`;

/** What could change a refusal. */
export function topicsOfRefusal(request: AddressRequest, refusal: Refusal): readonly WaitTopic[] {
  const { wish } = request;
  const need = wish.stack === 'single' ? wish.family : wish.stack === 'require-dual' ? 'both' : 'either';
  if (refusal.code === 'ADDRESS_TAKEN') return [poolsTopic, addressTopic(refusal.params.address)];
  if (refusal.code === 'POOL_FULL') return [poolsTopic, poolTopic(refusal.params.pool, need)];
  if (refusal.code === 'NO_FREE_ADDRESS') return [poolsTopic, automaticTopic(need)];
  return [poolsTopic];
}

/** What would give a PreferDualStack Service its second address. */
export function topicsOfLack(pool: string, lacking: readonly AddressFamily[]): readonly WaitTopic[] {
  return lacking.length === 0 ? [] : [poolsTopic, ...lacking.map((family) => gainTopic(pool, family))];
}

/** Who may use an address that has become free, in turn, and until when it is worth asking on. */
export interface WakeUp {
  readonly topic: WaitTopic;
  readonly isOpen: () => boolean;
}

/** Services without an address come before those that would gain a second one. */
export function wakeUpsFor({ address, pool }: FreedAddress, allocator: Allocator): readonly WakeUp[] {
  const family = addressFamily(address);
  const definite: WakeUp = { topic: addressTopic(address), isOpen: () => allocator.holdersOf(address).length === 0 };
  if (pool === undefined) return [definite];
  const one = (): boolean => allocator.hasFree(pool, family);
  const both = (): boolean => allocator.hasFree(pool, 'IPv4') && allocator.hasFree(pool, 'IPv6');
  const byNeed = (topicOf: (need: string) => WaitTopic): WakeUp[] => [
    { topic: topicOf(family), isOpen: one },
    { topic: topicOf('both'), isOpen: both },
    { topic: topicOf('either'), isOpen: one },
  ];
  return [
    definite,
    ...byNeed((need) => poolTopic(pool, need)),
    ...(allocator.assignsAutomatically(pool) ? byNeed(automaticTopic) : []),
    { topic: gainTopic(pool, family), isOpen: one },
  ];
}
