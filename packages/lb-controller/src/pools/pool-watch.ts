import type { Clock } from '@seamark/common/controller';
import type { ObjectView } from '@seamark/common/cluster';
import type { IPAddressPool } from '@seamark/common/model';
import type { ReasonStream } from '@seamark/common/reasons';
import type { PoolConfiguration } from '../allocator/index.ts';
import { poolRef } from './read-pool.ts';
import { resolvePools } from './resolve-pools.ts';

/** Options of {@link PoolWatch}. */
export interface PoolWatchOptions {
  readonly view: ObjectView<IPAddressPool>;
  readonly reasons: ReasonStream;
  readonly clock: Clock;
  /** Gets each new configuration, after the first. */
  readonly onChange: (configuration: PoolConfiguration) => void;
}

/**
 * Follows the IPAddressPools and keeps their decisions up to date. Changes that arrive together count as one, so that a pool which is
 * renamed, or whose range moves to another pool, in one edit is never seen half done.
 */
export class PoolWatch implements Disposable {
  readonly #options: PoolWatchOptions;
  readonly #resources = new DisposableStack();
  #pending: Disposable | undefined;
  #readings = 0;
  #rejected = 0;

  constructor(options: PoolWatchOptions) {
    this.#options = options;
    this.#resources.use(
      options.view.subscribe((change) => {
        if (change.type === 'added' && change.initial) return;
        if (change.type === 'deleted') options.reasons.endAll(poolRef(change.object));
        this.#pending ??= options.clock.schedule(0, () => {
          this.#pending = undefined;
          options.onChange(this.read());
        });
      }),
    );
  }

  /** True while a change has been seen and not handed on. */
  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  /** Configurations read so far. */
  get readings(): number {
    return this.#readings;
  }

  /** Pools of the present configuration that are not used as they are written. */
  get rejected(): number {
    return this.#rejected;
  }

  /** The configuration as it is now. */
  read(): PoolConfiguration {
    const { view, reasons } = this.#options;
    const { configuration, decisions } = resolvePools(view.list());
    this.#readings += 1;
    this.#rejected = 0;
    for (const [object, told] of decisions) {
      for (const decision of told) reasons.report(decision);
      if (told.some(({ code }) => code === 'POOL_INVALID' || code === 'POOL_OVERLAPS')) this.#rejected += 1;
      reasons.endAll(poolRef(object), '', new Set(told.map((decision) => decision.topic)));
    }
    return configuration;
  }

  [Symbol.dispose](): void {
    this.#pending?.[Symbol.dispose]();
    this.#pending = undefined;
    this.#resources.dispose();
  }
}
