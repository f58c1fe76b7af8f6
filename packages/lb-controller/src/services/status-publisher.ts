import { type Cluster, serviceKind } from '@seamark/common/cluster';
import { type Clock, createWorkQueue, type WorkQueue } from '@seamark/common/controller';
import { isSeamarkError, messageOf, SeamarkError } from '@seamark/common/errors';
import type { Service } from '@seamark/common/model';
import type { Logger } from '@seamark/common/observability';
import type { ServiceKey } from '../allocator/index.ts';
import type { LbMetrics } from '../lb-metrics.ts';
import { statusPatch, type WantedStatus } from './status-patch.ts';

/** A Service whose status shows what was wanted. */
export interface Published {
  readonly service: Service;
  /** True when that took a write of its addresses. */
  readonly wroteAddresses: boolean;
}

/** Parts of a {@link StatusPublisher}. */
export interface StatusPublisherOptions {
  readonly cluster: Cluster;
  readonly logger: Logger;
  readonly metrics: LbMetrics;
  readonly clock: Clock;
  /** Writes under way at the same time. */
  readonly concurrency: number;
  /** The Service as the view has it. */
  readonly read: (key: ServiceKey) => Service | undefined;
  readonly isServed: (service: Service) => boolean;
  /** What its status is to show by the newest decision; undefined = leave it alone. */
  readonly wanted: (key: ServiceKey, service: Service) => WantedStatus | undefined;
  /** True while somebody waits for certainty about what the status no longer shows. */
  readonly mustConfirm: (key: ServiceKey) => boolean;
  readonly onPublished: (key: ServiceKey, published: Published) => void;
}

/** A write that loses against another writer is repeated this often before the Service waits its turn again. */
const writeAttempts = 5;

/**
 * Brings decisions into statuses. Each write takes the newest decision and is bound to the version of the Service that it was made
 * from; when another writer was faster, the Service is read again and the same decision written to what is there now.
 */
export class StatusPublisher {
  readonly #options: StatusPublisherOptions;
  readonly #queue: WorkQueue<ServiceKey>;
  readonly #decidedAtMs = new Map<ServiceKey, number>(); // decisions on their way

  constructor(options: StatusPublisherOptions) {
    this.#options = options;
    this.#queue = createWorkQueue<ServiceKey>({
      process: (key, signal) => this.#process(key, signal),
      concurrency: options.concurrency,
      clock: options.clock,
      onError: (key, error, attempt, retryInMs) => {
        options.metrics.writeErrors.inc();
        options.logger.warn(`the status of Service ${key} could not be written: ${messageOf(error)}`, {
          attempt,
          retryInMs: Math.round(retryInMs),
        });
      },
    });
  }

  /** Writes until the signal aborts; resolves when nothing is under way any more. */
  run(signal: AbortSignal): Promise<void> {
    return this.#queue.run(signal);
  }

  /** Resolves when all decisions so far have been written. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** A decision was made about a Service. False: nothing is to be done, its status shows it already. */
  publish(key: ServiceKey, service: Service): boolean {
    if (!this.#options.mustConfirm(key) && this.#patchFor(key, service) === undefined) return false;
    if (!this.#decidedAtMs.has(key)) this.#decidedAtMs.set(key, this.#options.clock.monotonicMs());
    this.#queue.add(key);
    return true;
  }

  /** The Service is gone. */
  forget(key: ServiceKey): void {
    this.#decidedAtMs.delete(key);
  }

  async #process(key: ServiceKey, signal: AbortSignal): Promise<void> {
    const { metrics, clock } = this.#options;
    const published = await this.#write(key, signal);
    if (published === undefined) return;
    const decidedAtMs = this.#decidedAtMs.get(key);
    this.#decidedAtMs.delete(key);
    if (decidedAtMs !== undefined) metrics.publishDelay.observe((clock.monotonicMs() - decidedAtMs) / 1000);
    this.#options.onPublished(key, published);
  }

  /** `undefined`: the Service is gone, or about to be decided anew. */
  async #write(key: ServiceKey, signal: AbortSignal): Promise<Published | undefined> {
    const { cluster, metrics, read, isServed, mustConfirm } = this.#options;
    for (let attempt = 0; ; attempt += 1) {
      const known = read(key);
      if (known === undefined) return undefined;
      const service = attempt === 0 ? known : await cluster.get(serviceKind, known.metadata, { signal });
      // Made again, or changed hands: the view is about to say so.
      if (service === undefined || service.metadata.uid !== known.metadata.uid || isServed(service) !== isServed(known)) return undefined;
      const patch = this.#patchFor(key, service);
      if (patch === undefined) {
        // The view may not have seen our own last write yet, so only the API server's word confirms.
        if (attempt === 0 && mustConfirm(key)) continue;
        return { service, wroteAddresses: false };
      }
      try {
        const written = await cluster.patchStatus(serviceKind, service.metadata, patch, { signal });
        metrics.writes.inc();
        return { service: written, wroteAddresses: 'loadBalancer' in patch.status };
      } catch (error) {
        if (isSeamarkError(error, 'SM_CLUSTER_NOT_FOUND')) return undefined;
        if (!isSeamarkError(error, 'SM_CLUSTER_CONFLICT')) throw error;
        if (attempt >= writeAttempts) {
          throw new SeamarkError('SM_CLUSTER_CONFLICT', `Service ${key} changed ${attempt} times while its status was being written`, {
            cause: error,
          });
        }
      }
    }
  }

  #patchFor(key: ServiceKey, service: Service): ReturnType<typeof statusPatch> {
    const wanted = this.#options.wanted(key, service);
    return wanted === undefined ? undefined : statusPatch(service, wanted, this.#options.clock.wallMs());
  }
}
