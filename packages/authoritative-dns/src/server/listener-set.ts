import type { ListenAddress } from '../transport/listen-address.ts';
import { Listener, type ListenerContext } from './listener.ts';
import type { ListenerPlan } from './listener-plan.ts';

/** The open listeners of a server. */
export class ListenerSet {
  private listeners = new Map<string, Listener>();
  private readonly context: ListenerContext;

  constructor(context: ListenerContext) {
    this.context = context;
  }

  /**
   * Brings the listeners to what the plans say: opens those that are new, keeps the sockets of those that stay, closes the others.
   * When one cannot be opened it throws SM_LISTEN_FAILED, and the listeners are as before.
   */
  async change(plans: readonly ListenerPlan[]): Promise<void> {
    const wanted = new Set(plans.map(({ name }) => name));
    const leaving = [...this.listeners].filter(([name]) => !wanted.has(name));
    const missing = plans.filter(({ name }) => !this.listeners.has(name));
    let opened: Listener[];
    try {
      opened = await this.openAll(missing);
    } catch (error) {
      // A listener on every address keeps one on a single address from opening, and the other way round.
      const ports = new Set(missing.map(({ key }) => key.port));
      const inTheWay = leaving.filter(([, { currentPlan }]) => ports.has(currentPlan.key.port));
      if (inTheWay.length === 0) throw error;
      opened = await this.replace(inTheWay, missing);
    }
    for (const plan of plans) await this.listeners.get(plan.name)?.take(plan);
    for (const [name] of leaving) this.listeners.delete(name);
    for (const listener of opened) this.listeners.set(listener.currentPlan.name, listener);
    await Promise.all(leaving.map(([, listener]) => listener.close()));
  }

  /** To be called when the server has become ready: see {@link Listener.compile}. */
  compile(): void {
    for (const listener of this.listeners.values()) listener.compile();
  }

  /** Where each listener really listens. */
  addresses(): { readonly udp: readonly ListenAddress[]; readonly tcp: readonly ListenAddress[] }[] {
    return [...this.listeners.values()].map((listener) => listener.addresses());
  }

  /** Closes all of them. */
  async close(): Promise<void> {
    const open = [...this.listeners.values()];
    this.listeners = new Map();
    await Promise.all(open.map((listener) => listener.close()));
  }

  private async openAll(plans: readonly ListenerPlan[]): Promise<Listener[]> {
    const opened: Listener[] = [];
    try {
      for (const plan of plans) opened.push(await Listener.open(plan, this.context));
      return opened;
    } catch (error) {
      await Promise.all(opened.map((listener) => listener.close()));
      throw error;
    }
  }

  /** Opens listeners in the place of others; opens those again when that fails. */
  private async replace(others: readonly (readonly [string, Listener])[], plans: readonly ListenerPlan[]): Promise<Listener[]> {
    await Promise.all(others.map(([, listener]) => listener.close()));
    try {
      return await this.openAll(plans);
    } catch (error) {
      for (const [name, { currentPlan }] of others) this.listeners.set(name, await Listener.open(currentPlan, this.context));
      throw error;
    }
  }
}
