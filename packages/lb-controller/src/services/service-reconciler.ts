import { type Cluster, formatObjectKey, type ObjectView } from '@seamark/common/cluster';
import type { Clock, Leadership } from '@seamark/common/controller';
import { type Address, formatAddress, type Service } from '@seamark/common/model';
import type { Logger } from '@seamark/common/observability';
import { decide, type DecisionInput, type ReasonStream } from '@seamark/common/reasons';
import {
  type Allocator,
  type AllocationResult,
  costsOldAddress,
  createAllocator,
  type FreedAddress,
  type PoolConfiguration,
  type Refusal,
  type ServiceKey,
} from '../allocator/index.ts';
import type { LbMetrics } from '../lb-metrics.ts';
import { readRequest, type Unreadable } from './read-request.ts';
import { annotationTopics, reportAnnotations } from './report-annotations.ts';
import { addressCondition, compareAge, isServed, publishedAddresses, recordedPool, serviceRef } from './served-service.ts';
import type { ConditionText, WantedStatus } from './status-patch.ts';
import { type Published, StatusPublisher } from './status-publisher.ts';
import { poolsTopic, topicsOfLack, topicsOfRefusal, wakeUpsFor, type WaitTopic } from './wait-topics.ts';
import { WaitingList } from './waiting-list.ts';

/** Parts of a {@link ServiceReconciler}. */
export interface ServiceReconcilerOptions {
  readonly cluster: Cluster;
  readonly view: ObjectView<Service>;
  readonly reasons: ReasonStream;
  readonly logger: Logger;
  readonly metrics: LbMetrics;
  readonly clock: Clock;
  readonly loadBalancerClass: string | undefined;
  readonly poolNamespaces: readonly string[];
  /** Status writes under way at the same time. */
  readonly concurrency: number;
}

/**
 * Gives Services their addresses during one term of leadership. Decisions are made in memory, synchronously, as changes arrive; only
 * the writes that publish them are concurrent. Hence the order of decisions is the order of changes, and a thousand Services cost a
 * thousand writes and nothing else.
 *
 * Everything is rebuilt from statuses when the term begins, those that show an address before those that wait.
 */
export class ServiceReconciler {
  readonly allocator: Allocator;
  readonly #options: ServiceReconcilerOptions;
  readonly #publisher: StatusPublisher;
  readonly #waiting = new WaitingList();
  #takingOver = false; // what holds already is then not told as news
  readonly #unmet = new Map<ServiceKey, ConditionText>(); // Services whose request cannot be met, with or without an address

  constructor(options: ServiceReconcilerOptions) {
    this.#options = options;
    this.allocator = createAllocator({ poolNamespaces: options.poolNamespaces });
    this.#publisher = new StatusPublisher({
      ...options,
      read: (key) => this.#read(key),
      isServed: (service) => this.#isServed(service),
      wanted: (key, service) => this.#wanted(key, service),
      mustConfirm: (key) => this.allocator.retiringOf(key).length > 0,
      onPublished: (key, published) => this.#settle(key, published),
    });
  }

  /** Services that have no address and want one. */
  get waiting(): number {
    let count = 0;
    for (const key of this.#unmet.keys()) if (this.allocator.assignmentOf(key) === undefined) count += 1;
    return count;
  }

  /** Takes statuses over, follows the Services, and writes until the leadership ends. */
  async run(pools: PoolConfiguration, leadership: Leadership): Promise<void> {
    this.#takeOver(pools);
    using resources = new DisposableStack();
    const subscription = this.#options.view.subscribe((change) => {
      if (change.type === 'deleted') this.#forget(change.object);
      else if (change.type === 'updated') this.#decide(change.object);
      else if (!change.initial) {
        this.#adopt(change.object);
        this.#decide(change.object);
      }
    });
    resources.use(subscription);
    await this.#publisher.run(leadership.signal);
  }

  /** Resolves when all decisions so far have been written. */
  idle(): Promise<void> {
    return this.#publisher.idle();
  }

  /** Follows a change of pools: first whoever held something in them, then whoever waits. */
  reconfigure(pools: PoolConfiguration): void {
    const affected = this.allocator.configure(pools).flatMap((key) => this.#read(key) ?? []);
    for (const service of affected.toSorted(compareAge)) this.#decide(service);
    for (const key of this.#waiting.on(poolsTopic)) this.#decideAgain(key);
  }

  #takeOver(pools: PoolConfiguration): void {
    this.allocator.configure(pools);
    const services = [...this.#options.view.list()].toSorted(compareAge);
    for (const service of services) this.#adopt(service);
    const holds = (service: Service): boolean => this.allocator.assignmentOf(formatObjectKey(service.metadata)) !== undefined;
    const holders = services.filter(holds);
    const others = services.filter((service) => !holds(service));
    this.#takingOver = true;
    for (const service of [...holders, ...others]) this.#decide(service);
    this.#takingOver = false;
  }

  #adopt(service: Service): void {
    if (!this.#isServed(service)) return;
    const { addresses } = publishedAddresses(service);
    if (addresses.length > 0) this.allocator.adopt(formatObjectKey(service.metadata), addresses, recordedPool(service));
  }

  #decideAgain(key: ServiceKey): void {
    const service = this.#read(key);
    if (service === undefined) this.#waiting.set(key, []);
    else this.#decide(service);
  }

  #decide(service: Service): void {
    const key = formatObjectKey(service.metadata);
    if (!this.#isServed(service)) {
      this.#leave(key, service);
      return;
    }
    // What is about to disappear keeps what it has, and gets nothing new.
    if (service.metadata.deletionTimestamp !== undefined && this.allocator.assignmentOf(key) === undefined) return;
    const request = readRequest(service, key);
    let told: DecisionInput | undefined;
    if ('code' in request) {
      const { retired } = this.allocator.keep(key);
      told = this.#refuse(service, key, request, retired, [poolsTopic]);
    } else {
      const result = this.allocator.allocate(request);
      if (result.ok) this.#assign(service, key, result);
      else told = this.#refuse(service, key, result.refusal, result.retired, topicsOfRefusal(request, result.refusal));
    }
    const writes = this.#publisher.publish(key, service);
    const unchanged = this.#takingOver && !writes;
    reportAnnotations(service, this.#options.reasons, unchanged);
    if (told !== undefined) this.#options.reasons.report({ ...told, unchanged });
    else if (unchanged) this.#reportAssigned(service, key, unchanged);
  }

  #assign(service: Service, key: ServiceKey, result: AllocationResult & { ok: true }): void {
    this.#unmet.delete(key);
    this.#waiting.set(key, topicsOfLack(result.assignment.pool, result.lacking));
    if (result.gained) this.#options.metrics.allocations.inc({ reason: 'ADDRESS_ASSIGNED' });
    if (result.retired.length > 0)
      this.#reportReleased(
        service,
        result.retired,
        `it has ${result.assignment.addresses.map((address) => formatAddress(address)).join(' and ')} now`,
      );
  }

  #refuse(
    service: Service,
    key: ServiceKey,
    refusal: Refusal | Unreadable,
    retired: readonly Address[],
    topics: readonly WaitTopic[],
  ): DecisionInput {
    const { metrics, clock } = this.#options;
    const refused = { ...refusal, object: serviceRef(service), topic: 'address' } as DecisionInput;
    const kept = this.allocator.assignmentOf(key);
    const { message, remedy } = decide(refused, clock.wallMs());
    const told =
      kept === undefined
        ? refused
        : ({
            code: 'ADDRESS_KEPT',
            object: serviceRef(service),
            topic: 'address',
            // A refusal reads `Service a/b has no address: why`; here the Service has one.
            params: {
              addresses: kept.addresses.map((address) => formatAddress(address)),
              pool: kept.pool,
              unmet: message.slice(message.indexOf(': ') + 2),
              advice: remedy ?? 'correct the request, or drop it',
            },
          } satisfies DecisionInput<'ADDRESS_KEPT'> as unknown as DecisionInput);
    if (this.#unmet.get(key)?.reason !== told.code) metrics.allocations.inc({ reason: refusal.code });
    if (retired.length > 0) {
      this.#reportReleased(
        service,
        retired,
        costsOldAddress(refusal.code) ? 'it asks for another one, which it cannot have' : 'no pool hands it out to this Service any more',
      );
    }
    this.#unmet.set(key, { reason: told.code, message: decide(told, clock.wallMs()).message });
    this.#waiting.set(key, topics);
    return told;
  }

  /** The Service is none of ours, or no longer. */
  #leave(key: ServiceKey, service: Service): void {
    const { reasons } = this.#options;
    const ref = serviceRef(service);
    this.#unmet.delete(key);
    this.#waiting.set(key, []);
    const retired = this.allocator.retire(key);
    if (retired.length > 0) {
      this.#reportReleased(
        service,
        retired,
        service.spec.type === 'LoadBalancer' ? 'its loadBalancerClass is another one now' : 'it is no longer of type LoadBalancer',
      );
    }
    reasons.end(ref, 'address');
    reasons.endAll(ref, annotationTopics);
    this.#publisher.publish(key, service);
  }

  #forget(service: Service): void {
    const key = formatObjectKey(service.metadata);
    this.#unmet.delete(key);
    this.#waiting.set(key, []);
    this.#publisher.forget(key);
    const freed = this.allocator.release(key);
    this.#options.reasons.end(serviceRef(service), 'address');
    this.#options.reasons.endAll(serviceRef(service), annotationTopics);
    this.#offer(freed);
  }

  #settle(key: ServiceKey, { service, wroteAddresses }: Published): void {
    // A refusal may also end without a new address: a Service kept one and no longer asks for another.
    const told = this.#options.reasons.of(serviceRef(service)).find((decision) => decision.topic === 'address');
    if (wroteAddresses || (told !== undefined && told.code !== 'ADDRESS_ASSIGNED')) this.#reportAssigned(service, key);
    this.#offer(this.allocator.settle(key, publishedAddresses(service).addresses));
  }

  #reportAssigned(service: Service, key: ServiceKey, unchanged = false): void {
    const assignment = this.allocator.assignmentOf(key);
    if (assignment === undefined || this.#unmet.has(key)) return;
    const params = { addresses: assignment.addresses.map((address) => formatAddress(address)), pool: assignment.pool };
    this.#options.reasons.report({ code: 'ADDRESS_ASSIGNED', object: serviceRef(service), topic: 'address', params, unchanged });
  }

  /** Told once, as an Event: what a Service no longer has is not a decision that goes on holding. */
  #reportReleased(service: Service, addresses: readonly Address[], why: string): void {
    const { reasons } = this.#options;
    const object = serviceRef(service);
    reasons.report({
      code: 'ADDRESS_RELEASED',
      object,
      topic: 'release',
      params: { addresses: addresses.map((address) => formatAddress(address)), why },
    });
    reasons.end(object, 'release');
  }

  /** Lets waiters have what has become free. Work follows the number of addresses, not of waiters. */
  #offer(freed: readonly FreedAddress[]): void {
    for (const address of freed) {
      for (const { topic, isOpen } of wakeUpsFor(address, this.allocator)) {
        for (const key of this.#waiting.on(topic)) {
          if (!isOpen()) break;
          this.#decideAgain(key);
        }
      }
    }
  }

  /** `undefined`: the status is none of our business. */
  #wanted(key: ServiceKey, service: Service): WantedStatus | undefined {
    if (!this.#isServed(service)) return this.#shallClear(key, service) ? { phase: 'cleared' } : undefined;
    const unmet = this.#unmet.get(key);
    const assignment = this.allocator.assignmentOf(key);
    if (assignment === undefined) return unmet === undefined ? undefined : { phase: 'waiting', condition: unmet };
    const { addresses, pool } = assignment;
    const params = { addresses: addresses.map((address) => formatAddress(address)), pool };
    const condition = unmet ?? {
      reason: 'ADDRESS_ASSIGNED',
      message: decide({ code: 'ADDRESS_ASSIGNED', object: serviceRef(service), topic: 'address', params }, 0).message,
    };
    return { phase: 'addressed', addresses, pool, condition };
  }

  /** A Service of another class is left completely alone, unless it still shows what this term has taken back from it. */
  #shallClear(key: ServiceKey, service: Service): boolean {
    const retiring = this.allocator.retiringOf(key);
    if (publishedAddresses(service).addresses.some((address) => retiring.includes(address))) return true;
    if (service.spec.type === 'LoadBalancer') return false;
    const marked =
      recordedPool(service) !== undefined || service.status?.conditions?.some((condition) => condition.type === addressCondition) === true;
    return marked || this.#options.loadBalancerClass === undefined;
  }

  #isServed(service: Service): boolean {
    return isServed(service, this.#options.loadBalancerClass);
  }

  #read(key: ServiceKey): Service | undefined {
    const slash = key.indexOf('/');
    return this.#options.view.get({ namespace: key.slice(0, slash), name: key.slice(slash + 1) });
  }
}
