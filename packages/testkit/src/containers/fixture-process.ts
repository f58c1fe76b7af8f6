import { startProcess, type TestProcess } from '../child-process.ts';

/** A server of a fixture, as far as fixtures need to know it: a process of this machine or a container. */
export type FixtureProcess = Pick<TestProcess, 'pid' | 'output' | 'exited' | 'end'>;

/** How fixtures run their servers. */
export type FixtureKind = 'process' | 'containers';

/** What a server of a fixture needs of this machine. */
export interface FixtureOptions {
  /** Folders that the server reads and writes; in a container they have the same paths. */
  readonly folders: readonly string[];
}

/** What SEAMARK_TEST_FIXTURES says: processes, unless it is `containers`. */
export function fixtureKind(): FixtureKind {
  const kind = process.env['SEAMARK_TEST_FIXTURES'] ?? 'process';
  if (kind === 'process' || kind === 'containers') return kind;
  throw new Error(`SEAMARK_TEST_FIXTURES=${kind}: allowed are process and containers`);
}

/** Starts a server program as SEAMARK_TEST_FIXTURES says. Either way it listens on this machine's own addresses. */
export async function startFixtureProcess(program: string, args: readonly string[], options: FixtureOptions): Promise<FixtureProcess> {
  if (fixtureKind() === 'process') return startProcess(program, args);
  // The container layer is loaded by those only who ask for it.
  const { startContainerProcess } = await import('./container-process.ts');
  return startContainerProcess(program, args, options);
}
