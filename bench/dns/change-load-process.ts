// change-load-process.ts ENDPOINT PATH NAMES RATE: gives RATE hosts a second another address in etcd, until it is ended.
// Prints ten times a second how many changes etcd has taken so far.
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { hostAddress, hostKey, hostValue } from './content.ts';

const [endpoint = '', path = '', names = '', rate = ''] = process.argv.slice(2);
const store = createEtcdStore({ endpoints: [endpoint] });
const [hosts, perSecond] = [Number(names), Number(rate)];
/** Enough that a pause of etcd is caught up, and not so many that it never is. */
const maxUnderWay = perSecond / 4;
// A prime step: changes are spread over all hosts, and each has its turn.
const step = 7_919;

/** Each 10 ms a transaction. */
const tickMs = 10;
const perTransaction = Math.max(1, Math.round((perSecond * tickMs) / 1_000));

let sent = 0;
let taken = 0;
const startedAt = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
  const until = Math.min(due, taken + maxUnderWay);
  for (let left = until - sent; left >= perTransaction; left -= perTransaction) {
    const success = Array.from({ length: perTransaction }, () => nextChange());
    store.transact({ compare: [], success }).then(
      () => (taken += perTransaction),
      (error: unknown) => {
        process.stdout.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  }
}, tickMs);

function nextChange() {
  const host = (sent * step) % hosts;
  const generation = 1 + (Math.floor(sent / hosts) % 3);
  sent++;
  return { type: 'put' as const, key: hostKey(host, path), value: Buffer.from(hostValue(hostAddress(host, generation))) };
}

setInterval(() => {
  if (taken > 0) process.stdout.write(`${taken}\n`);
}, 100);
process.once('SIGTERM', () => process.exit());
