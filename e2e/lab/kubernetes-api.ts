import { Agent, type RequestOptions, request } from 'node:https';

/** An object of the API, as far as the lab looks at it. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** The few requests that the supervisor sends as administrator. */
export class KubernetesApi {
  readonly #connection: RequestOptions;

  constructor(kubeconfig: string) {
    const { clusters, users } = JSON.parse(kubeconfig) as {
      clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
      users: [{ user: { token: string } }];
    };
    const { hostname, port } = new URL(clusters[0].cluster.server);
    this.#connection = {
      host: hostname,
      port,
      ca: Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64'),
      headers: { authorization: `Bearer ${users[0].user.token}`, 'content-type': 'application/json' },
      agent: new Agent({ keepAlive: true }),
    };
  }

  /** Resolves with the answer; rejects for a status that is no success. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.#send(method, path, body);
    if (status < 200 || status > 299) throw new ApiFailure(status, `${method} ${path}: ${status} ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  }

  /** Creates an object; one that is there stays as it is. */
  async create(path: string, object: unknown): Promise<void> {
    await this.ask('POST', path, object).catch((error: unknown) => {
      if (!(error instanceof ApiFailure && error.status === 409)) throw error;
    });
  }

  /** Deletes an object that may be gone. */
  async remove(path: string): Promise<void> {
    await this.ask('DELETE', path).catch((error: unknown) => {
      if (!(error instanceof ApiFailure && error.status === 404)) throw error;
    });
  }

  /** Calls back with every object of a list, and again whenever one changes, until the signal aborts; survives a restart of the server. */
  async follow(path: string, onObject: (object: ApiObject) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const list = await this.ask<{ items: ApiObject[]; metadata: { resourceVersion: string } }>('GET', path);
        for (const object of list.items) onObject(object);
        await this.#watch(`${path}?watch=true&resourceVersion=${list.metadata.resourceVersion}`, onObject, signal);
      } catch {
        // The server is away: that is one of the faults.
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  #send(method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const asked = request({ ...this.#connection, method, path, timeout: 10_000 }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
        answer.on('error', reject);
      });
      asked.on('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer in 10 s`)));
      asked.on('error', reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  #watch(path: string, onObject: (object: ApiObject) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const asked = request({ ...this.#connection, method: 'GET', path, signal }, (answer) => {
        let rest = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) {
            const event = JSON.parse(line) as { type: string; object: ApiObject };
            if (event.type === 'ADDED' || event.type === 'MODIFIED') onObject(event.object);
            else if (event.type === 'ERROR') asked.destroy();
          }
        });
        answer.on('close', resolve);
      });
      asked.on('error', () => resolve());
      asked.on('close', resolve);
      asked.end();
    });
  }
}

/** An answer of the API that is no success. */
class ApiFailure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
