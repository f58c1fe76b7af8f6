import { formatAddress, parseAddress } from '@seamark/common/model';
import type { Logger } from '@seamark/common/observability';

import { CompiledZones } from '../arena/index.ts';
import { LiveSetting } from '../chain/live-setting.ts';
import type { ListenerCounters } from '../metrics/listener-counters.ts';
import { Pipeline, type PipelineBehaviour, type PipelineOptions } from '../respond/pipeline.ts';
import { type CookieSettings, ServerCookies } from '../respond/cookies/server-cookies.ts';
import { ArenaAnswerer } from '../transport/arena-answerer.ts';
import type { EngineName } from '../transport/choose-engine.ts';
import { startHttpsServer } from '../transport/https-server.ts';
import type { ListenAddress } from '../transport/listen-address.ts';
import { startListener } from '../transport/listener.ts';
import { openNativeEngine } from '../transport/native-engine.ts';
import { startTcpServer } from '../transport/tcp-server.ts';
import { startTlsServer } from '../transport/tls-server.ts';
import type { TlsMaterial, TlsTransport } from '../transport/tls-settings.ts';
import type { Answerer, StreamTransport, Transport, TransportOptions } from '../transport/transport.ts';
import { arenaContent } from './arena-content.ts';
import { hasNoIpv6 } from './http-endpoint-pool.ts';
import type { ListenerPlan } from './listener-plan.ts';

/** What listeners share. */
export interface ListenerContext extends Pick<PipelineOptions, 'faults'> {
  /** Cookies of listeners whose plan says nothing else. */
  readonly cookies: CookieSettings;
  readonly isReady: () => boolean;
  /** The counters of a server label, protocol and family; the same ones whenever asked. */
  counters(server: string, protocol: 'udp' | 'tcp', family: '1' | '2'): ListenerCounters;
  readonly engine: EngineName;
  readonly logger: Logger;
}

interface StreamSocket {
  readonly address: ListenAddress;
  transport: StreamTransport & Partial<TlsTransport>;
}

/**
 * The sockets of one listener, which outlive versions of a Corefile: {@link take} changes what answers and opens again only what cannot
 * be changed in place.
 */
export class Listener {
  private plan: ListenerPlan;
  private readonly context: ListenerContext;
  private readonly pipelines: Pipeline[] = [];
  private readonly datagrams: Transport[] = [];
  private readonly streams: StreamSocket[] = [];
  /** Answers that need no chain; absent without native threads. One for all sockets, and for all versions. */
  private readonly compiled: CompiledZones | undefined;
  private readonly cookies = new ServerCookies();
  /** Settings of the plan that may change meanwhile. */
  private following: Disposable[] = [];

  private constructor(plan: ListenerPlan, context: ListenerContext) {
    this.plan = plan;
    this.context = context;
    // Answers over HTTPS say how long they may be kept, which the arena does not tell.
    if (context.engine === 'netio' && plan.key.scheme !== 'https') this.compiled = CompiledZones.open(context.logger, this.cookies);
  }

  /** Opens every socket of a plan. Throws SM_LISTEN_FAILED with nothing left open. */
  static async open(plan: ListenerPlan, context: ListenerContext): Promise<Listener> {
    const listener = new Listener(plan, context);
    try {
      for (const address of addressesOf(plan)) await listener.openAddress(address);
      listener.followSettings();
      listener.compile();
    } catch (error) {
      await listener.close();
      throw error;
    }
    return listener;
  }

  /** Where it really listens. */
  addresses(): { readonly udp: ListenAddress[]; readonly tcp: ListenAddress[] } {
    return { udp: this.datagrams.map(({ address }) => address), tcp: this.streams.map(({ transport }) => transport.address) };
  }

  /** What it answers with, and for whom. */
  get currentPlan(): ListenerPlan {
    return this.plan;
  }

  /** Answers what can be compiled without the chains from now on; does nothing before the server is ready. */
  compile(): void {
    if (this.context.isReady()) this.compiled?.load(arenaContent(this.plan.routes, this.plan.router));
  }

  /** Answers as the plan says from now on; questions under way end in the plan before. */
  async take(plan: ListenerPlan): Promise<void> {
    const before = this.plan;
    this.plan = plan;
    for (const pipeline of this.pipelines) pipeline.replace(this.behaviour());
    this.compile();
    const settings = ({ tls }: ListenerPlan): string => JSON.stringify([tls === undefined, tls?.clientAuth]);
    for (const socket of this.streams) {
      if (settings(plan) !== settings(before)) {
        await socket.transport.close();
        socket.transport = await this.openStream(socket.address);
      } else socket.transport.replaceLimits(plan.limits);
    }
    this.followSettings();
  }

  /** Closes every socket; answers under way are sent. */
  async close(): Promise<void> {
    for (const each of this.following.splice(0)) each[Symbol.dispose]();
    await Promise.all([...this.datagrams, ...this.streams.map(({ transport }) => transport)].map((transport) => transport.close()));
    this.compiled?.close();
  }

  /** Uses the plan's cookies, and its certificate for new connections, and whatever takes their place. */
  private followSettings(): void {
    for (const each of this.following.splice(0)) each[Symbol.dispose]();
    const { tls, cookies = new LiveSetting<Partial<CookieSettings>>({}) } = this.plan;
    this.following.push(cookies.follow((settings) => this.cookies.replace({ ...this.context.cookies, ...settings })));
    if (tls === undefined) return;
    const use = (material: TlsMaterial): void => {
      for (const { transport } of this.streams) transport.replaceCertificates?.(material);
    };
    this.following.push(tls.material.follow(use));
  }

  private async openAddress(address: ListenAddress): Promise<void> {
    const { plan } = this;
    try {
      // Native threads share one port by themselves.
      const sockets = this.compiled === undefined ? plan.sockets : 1;
      for (let index = 0; index < sockets; index++) await this.openSockets(address);
    } catch (error) {
      const isOptional = plan.key.host === '' && address.family === 'IPv6';
      if (!isOptional || !hasNoIpv6((error as Error).cause)) throw error;
    }
  }

  /** One socket of each protocol that the scheme has. */
  private async openSockets(address: ListenAddress): Promise<void> {
    const { plan, compiled } = this;
    if (plan.key.scheme === 'dns') {
      const counters = { udp: this.counters('udp', address), tcp: this.counters('tcp', address) };
      // Both protocols have the same port, also where any free one will do.
      const { udp: datagram, tcp } = await startListener({
        ...this.options(address, counters.tcp),
        counters,
        ...plan.limits,
        ...(compiled === undefined ? {} : { engine: openNativeEngine(compiled, counters.udp, plan.sockets) }),
      });
      this.datagrams.push(datagram);
      this.streams.push({ address: tcp.address, transport: tcp });
      return;
    }
    const transport = await this.openStream(address);
    this.streams.push({ address: transport.address, transport });
  }

  private openStream(address: ListenAddress): Promise<StreamTransport & Partial<TlsTransport>> {
    const { plan } = this;
    const options = { ...this.options(address, this.counters('tcp', address)), ...plan.limits };
    const tls = plan.tls === undefined ? undefined : { ...plan.tls, material: plan.tls.material.current };
    if (plan.key.scheme === 'https') return startHttpsServer({ ...options, ...(tls === undefined ? {} : { tls }) });
    return tls === undefined ? startTcpServer(options) : startTlsServer({ ...options, tls });
  }

  private options(address: ListenAddress, counters: ListenerCounters): TransportOptions {
    return { address, counters, ...this.answerers(), reusePort: this.plan.sockets > 1 };
  }

  /** Datagrams are looked up before they come to JavaScript, messages of streams here. */
  private answerers(): { readonly answerer: Answerer; readonly streamAnswerer?: Answerer } {
    const answerer = this.createPipeline();
    const { compiled } = this;
    return compiled === undefined
      ? { answerer }
      : { answerer, streamAnswerer: new ArenaAnswerer(compiled.arena, compiled.labels, answerer) };
  }

  private counters(protocol: 'udp' | 'tcp', { family }: ListenAddress): ListenerCounters {
    return this.context.counters(this.plan.name, protocol, family === 'IPv4' ? '1' : '2');
  }

  /** A pipeline belongs to sockets whose answers are written one at a time. */
  private createPipeline(): Pipeline {
    const { faults } = this.context;
    const pipeline = new Pipeline({ ...this.behaviour(), cookies: this.cookies, ...(faults === undefined ? {} : { faults }) });
    this.pipelines.push(pipeline);
    return pipeline;
  }

  private behaviour(): PipelineBehaviour {
    const { router, answersChaos, limits } = this.plan;
    const { idleTimeoutMs } = limits;
    const { isReady } = this.context;
    return {
      chain: router.answer,
      answersChaos,
      isReady,
      ...(router.limitsEarly ? { limitEarly: router.limitEarly } : {}),
      ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    };
  }
}

/** Every address means IPv4 and, where there is IPv6, IPv6. */
function addressesOf({ key: { host, port } }: ListenerPlan): ListenAddress[] {
  if (host === '') {
    return [
      { host: '0.0.0.0', port, family: 'IPv4' },
      { host: '::', port, family: 'IPv6' },
    ];
  }
  if (host.includes('%')) return [{ host, port, family: 'IPv6' }];
  const address = parseAddress(host);
  return [{ host: formatAddress(address), port, family: typeof address === 'number' ? 'IPv4' : 'IPv6' }];
}
