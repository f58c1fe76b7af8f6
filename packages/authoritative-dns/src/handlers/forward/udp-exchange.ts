import { createSocket } from 'node:dgram';

import type { Clock } from '@seamark/common/controller';

import { idOf } from './answer-reader.ts';
import { endsText, type Ends, socketErrorText, timeoutTexts } from './failure-text.ts';
import { type ConnectionCounts, type Exchange, ExchangeError, type Question, type RandomBelow } from './exchange.ts';

/** Where an upstream is, and what every way of asking it needs. */
export interface ExchangeOptions {
  /** An IP address; of IPv6 with its zone where it has one. */
  readonly host: string;
  readonly port: number;
  /** Address of ours to ask from. */
  readonly sourceAddress?: string | undefined;
  readonly clock: Clock;
  readonly random: RandomBelow;
  readonly counts: ConnectionCounts;
}

/**
 * Asks over UDP, each question from a socket of its own: the kernel picks its port at random and, since the socket is connected, hands
 * over nothing that another host sent. Messages that are not the answer are let pass, so that a forged one cannot end the question.
 */
export class UdpExchange implements Exchange {
  readonly kind = 'udp';
  private readonly options: ExchangeOptions;
  private readonly waiting = new Set<(error: ExchangeError) => void>();
  private closed = false;

  constructor(options: ExchangeOptions) {
    this.options = options;
  }

  ask<Answer>(question: Question<Answer>, timeoutMs: number): Promise<Answer> {
    const { host, port, clock, counts, random, sourceAddress } = this.options;
    if (this.closed) return Promise.reject(new ExchangeError('aborted', 'the forwarder has stopped'));
    if (question.isCheck !== true) counts.miss('udp');
    return new Promise((resolve, reject) => {
      const id = random(0x10000);
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      let ended = false;
      let isConnected = false;
      const ends = (): Ends => ({ network: 'udp', local: isConnected ? socket.address() : undefined, host, port });
      const lost = (error: Error): void => {
        if (!ended) fail(new ExchangeError('network', socketErrorText(error, ends()), error));
      };
      const end = (): boolean => {
        if (ended) return false;
        ended = true;
        timer[Symbol.dispose]();
        this.waiting.delete(fail);
        socket.close();
        return true;
      };
      const fail = (error: ExchangeError): void => {
        if (end()) reject(error);
      };
      const timer = clock.schedule(timeoutMs, () => fail(new ExchangeError('timeout', `${endsText('read', ends())}: ${timeoutTexts.io}`)));
      this.waiting.add(fail);
      socket.on('error', lost);
      socket.on('message', (octets) => {
        if (ended || idOf(octets) !== id) return;
        const answer = question.accept(octets);
        if (answer !== undefined && end()) resolve(answer);
      });
      const send = (problem?: Error): void => {
        if (ended) return;
        if (problem !== undefined) return lost(problem);
        isConnected = true;
        socket.send(question.write(id), (error) => {
          if (error) lost(error);
        });
      };
      const connect = (): void => {
        if (!ended) socket.connect(port, host, send);
      };
      // Without an address of our own, connecting binds the socket.
      if (sourceAddress === undefined) connect();
      else socket.bind(0, sourceAddress, connect);
    });
  }

  close(): void {
    this.closed = true;
    for (const fail of this.waiting) fail(new ExchangeError('aborted', 'the forwarder has stopped'));
  }
}
