import { connect, createServer, type Server, type Socket } from 'node:net';
import { LabError } from './lab-error.ts';
import type { RunningLab } from './running-lab.ts';

/** What a supervisor does on request. */
export type ControlMethod = Exclude<keyof RunningLab, 'start'>;

interface ControlRequest {
  readonly id: number;
  readonly method: ControlMethod;
  readonly args: readonly unknown[];
}

interface ControlAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Serves the methods of a lab on a unix socket, a line of JSON for each request and answer. */
export function serveControl(path: string, handle: (method: ControlMethod, args: readonly unknown[]) => Promise<unknown>): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    eachLine(socket, (line) => {
      const { id, method, args } = JSON.parse(line) as ControlRequest;
      const answer = (content: Omit<ControlAnswer, 'id'>): void => void socket.write(`${JSON.stringify({ id, ...content })}\n`);
      handle(method, args).then(
        (result) => answer({ result }),
        (error: unknown) => answer({ error: error instanceof LabError ? error.message : String(error) }),
      );
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}

/** A connection to a lab's supervisor. */
export class ControlClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #lastId = 0;

  private constructor(socket: Socket, about: string) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const waiting of this.#waiting.values()) waiting.reject(new LabError(`${about} ended`));
      this.#waiting.clear();
    });
    eachLine(socket, (line) => {
      const { id, result, error } = JSON.parse(line) as ControlAnswer;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new LabError(error));
      if (this.#waiting.size === 0) socket.unref();
    });
    // An idle connection must not keep a program running.
    socket.unref();
  }

  /** Connects; rejects when nobody listens. */
  static open(path: string, about: string): Promise<ControlClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once('error', (error) => reject(new LabError(`${about} does not answer: ${error.message}`)));
      socket.once('connect', () => resolve(new ControlClient(socket, about)));
    });
  }

  /** Sends a request and resolves with its result; rejects with the supervisor's sentence. */
  ask<Result>(method: ControlMethod, ...args: readonly unknown[]): Promise<Result> {
    const id = ++this.#lastId;
    this.#socket.ref();
    return new Promise<Result>((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new LabError('the lab ended'));
        return;
      }
      this.#waiting.set(id, { resolve: (result) => resolve(result as Result), reject });
      this.#socket.write(`${JSON.stringify({ id, method, args })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

function eachLine(socket: Socket, onLine: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
