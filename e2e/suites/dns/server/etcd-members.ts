import { join } from 'node:path';

import { eventually, findProgram, freePort, startProcess, type TestProcess, temporaryFolder } from '@seamark/testkit';

/** One member of a cluster of etcd on 127.0.0.1. */
export interface EtcdMember {
  readonly endpoint: string;
  /** SIGKILL; the data stays. */
  kill(): Promise<void>;
  /** Starts it again with its data; resolves when it serves. */
  start(): Promise<void>;
}

/** A cluster of etcd. */
export interface EtcdMembers extends AsyncDisposable {
  readonly members: readonly EtcdMember[];
  readonly endpoints: readonly string[];
}

/** Starts a cluster of so many members; resolves when all of them serve. */
export async function startEtcdMembers(count: number): Promise<EtcdMembers> {
  const program = findProgram('etcd');
  if (program === undefined) throw new Error('etcd is not installed');
  const folder = temporaryFolder('etcd-members');
  const parts = await Promise.all(
    Array.from({ length: count }, async (_, index) => ({
      name: `member${index}`,
      endpoint: `http://127.0.0.1:${await freePort()}`,
      peer: `http://127.0.0.1:${await freePort()}`,
    })),
  );
  const cluster = parts.map(({ name, peer }) => `${name}=${peer}`).join();
  const running = new Map<string, TestProcess>();
  const members = parts.map(({ name, endpoint, peer }): EtcdMember => {
    const args = [
      `--name=${name}`,
      `--data-dir=${join(folder.path, name)}`,
      `--listen-client-urls=${endpoint}`,
      `--advertise-client-urls=${endpoint}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=${cluster}`,
      '--log-level=error',
    ];
    return {
      endpoint,
      async kill() {
        await running.get(name)?.end('SIGKILL');
      },
      async start() {
        running.set(name, startProcess(program, args));
        await eventually(
          async () => {
            const health = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(2_000) });
            if (!(await health.text()).includes('"true"')) throw new Error(`${name} is not well`);
          },
          { timeoutMs: 30_000 },
        );
      },
    };
  });
  const end = async (): Promise<void> => {
    await Promise.all([...running.values()].map((process) => process.end('SIGKILL').catch(() => undefined)));
    folder[Symbol.dispose]();
  };
  try {
    await Promise.all(members.map((member) => member.start()));
  } catch (error) {
    await end();
    throw error;
  }
  return { members, endpoints: parts.map(({ endpoint }) => endpoint), [Symbol.asyncDispose]: end };
}
