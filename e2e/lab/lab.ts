import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { ClusterCapability, ClusterFaults, LanHost, TestCluster } from '../cluster/test-cluster.ts';
import { addressPlan } from './address-plan.ts';
import { ControlClient } from './control-socket.ts';
import { LabError } from './lab-error.ts';
import { decide, type LabOptions } from './lab-options.ts';
import { isLive, labNames, type LabRecord, readRecord, type RecordedHost } from './lab-record.ts';
import { type LabLog, readLogs } from './lab-logs.ts';
import { inNetworkOf } from './network-namespace.ts';
import { inNode } from './node/lab-node.ts';
import { isAlive, waitForEnd } from './process-identity.ts';
import { builtProgram, requireLab } from './programs.ts';
import { removeAllRemains, removeRemains } from './remains.ts';
import { mustRun, type RunOptions, runProgram } from './run-program.ts';
import type { LabStatus } from './running-lab.ts';
import type { SupervisorArguments, SupervisorMessage } from './supervisor.ts';

/** A cluster made of namespaces of this machine; see README.md. */
export interface Lab extends TestCluster {
  readonly on: 'lab';
  readonly name: string;
  readonly client: LanHost;
  /** Where a BGP neighbour of the nodes runs. Until there is a speaker it has static routes for the pools' addresses. */
  readonly router: LanHost;
  /** Only with the second segment, and only on it. */
  readonly farClient?: LanHost;
  readonly faults: ClusterFaults;
  readonly pools: { readonly ipv4: string; readonly ipv6: string };
  /** A host by its name: `client`, `router`, `control-plane`, `far-client`. */
  host(name: string): LanHost;
  /** Runs programs on a node as root. Its process changes with a power-off, so ask again after one. */
  node(name: string): LanHost;
  status(): Promise<LabStatus>;
  /** The last part of the logs of a component or of all components of a node; of everything without a name. */
  logs(of?: string): readonly LabLog[];
  /** Ends the lab and removes everything of it. */
  down(): Promise<void>;
  /** Ends a lab that {@link startLab} started; only leaves one that {@link openLab} opened. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How {@link startLab} goes about it. */
export interface StartLabOptions extends LabOptions {
  /** The lab stays when this process ends. Default: it ends with this process, however that ends. */
  readonly stays?: boolean;
  /** Ends the start. */
  readonly signal?: AbortSignal;
  /** Called when a step of the start is done. */
  readonly onProgress?: (step: string) => void;
}

const capabilities: ReadonlySet<ClusterCapability> = new Set(['faults', 'load-image', 'client-host', 'dual-stack', 'control-plane']);

/** Starts a lab of nodes with nothing on them but the cluster's DNS; about ten seconds. Removes first what crashed labs left. */
export async function startLab(options: StartLabOptions = {}): Promise<Lab> {
  const { stays = false, signal, onProgress, ...rest } = options;
  requireLab();
  const decided = decide(rest);
  await removeAllRemains();
  signal?.throwIfAborted();
  const args: SupervisorArguments = { options: decided, attached: !stays };
  const child = spawn(
    process.execPath,
    ['--conditions=@seamark/source', join(import.meta.dirname, 'supervisor.ts'), JSON.stringify(args)],
    {
      // Not in our process group: Ctrl-C is for us to pass on, and a lab that stays must not get it.
      detached: true,
      stdio: [stays ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    },
  );
  const abort = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((done, reject) => {
      let rest = '';
      let said = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const message = JSON.parse(line) as SupervisorMessage;
          if (message.kind === 'progress') onProgress?.(message.step);
          else if (message.kind === 'up') done();
          else reject(new LabError(message.message));
        }
      });
      child.once('error', reject);
      child.once('close', (code) =>
        reject(signal?.aborted === true ? signal.reason : new LabError(`the lab's supervisor ended with ${code}: ${said}`)),
      );
    });
  } catch (error) {
    child.stdin?.destroy();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  // What it says from now on is for nobody; and it must keep neither this process nor itself waiting.
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
  (child.stdin as unknown as { unref?(): void } | null)?.unref?.();
  return LabClient.open(decided.name, !stays);
}

/** Opens a lab that is up, started by whomever. Throws with the names of those that are when there is none of this name. */
export async function openLab(name: string): Promise<Lab> {
  return LabClient.open(name, false);
}

/** Ends a lab, or removes what a crash left of it. Resolves false when there was nothing. */
export async function endLab(name: string): Promise<boolean> {
  const record = readRecord(name);
  if (record !== undefined && isLive(record)) {
    const control = await ControlClient.open(record.controlSocket, `lab ${name}`).catch(() => undefined);
    if (control === undefined) process.kill(record.supervisor.pid, 'SIGTERM');
    else await control.ask('stop').catch(() => undefined);
    control?.close();
    if (!(await waitForEnd(record.supervisor, 60_000)))
      throw new LabError(`lab ${name}: its supervisor (pid ${record.supervisor.pid}) does not end`);
  }
  const present = record !== undefined || labNames().includes(name);
  if (labNames().includes(name)) await removeRemains(name);
  return present;
}

class LabClient implements Lab {
  readonly on = 'lab';
  readonly name: string;
  readonly capabilities = capabilities;
  readonly pools = { ipv4: addressPlan.ipv4.pool, ipv6: addressPlan.ipv6.pool };
  readonly #control: ControlClient;
  readonly #owned: boolean;

  private constructor(name: string, control: ControlClient, owned: boolean) {
    this.name = name;
    this.#control = control;
    this.#owned = owned;
  }

  static async open(name: string, owned: boolean): Promise<LabClient> {
    const record = readRecord(name);
    if (record === undefined || !isLive(record) || record.state !== 'up') {
      const live = labNames().filter((other) => readRecord(other)?.state === 'up');
      throw new LabError(
        `there is no lab ${name} (npm run lab -- up --name ${name} starts it); there ${live.length === 0 ? 'is none' : `are: ${live.join(', ')}`}`,
      );
    }
    return new LabClient(name, await ControlClient.open(record.controlSocket, `lab ${name}`), owned);
  }

  get kubeconfigFile(): string {
    return this.#record.kubeconfigFile;
  }

  get nodes(): readonly string[] {
    return this.#record.nodes.map((node) => node.name);
  }

  get client(): LanHost {
    return this.host('client');
  }

  get router(): LanHost {
    return this.host('router');
  }

  get farClient(): LanHost {
    return this.host('far-client');
  }

  get faults(): ClusterFaults {
    const control = this.#control;
    return {
      powerOff: (node) => control.ask('powerOff', node),
      powerOn: (node) => control.ask('powerOn', node),
      cut: (node) => control.ask('cut', node),
      heal: (node) => control.ask('heal', node),
      freeze: (node) => control.ask('freeze', node),
      thaw: (node) => control.ask('thaw', node),
      partition: (node, peers) => control.ask('partition', node, peers),
      loss: (node, share) => control.ask('loss', node, share),
      latency: (node, delayMs) => control.ask('latency', node, delayMs),
      stopApiServer: () => control.ask('stopApiServer'),
      startApiServer: () => control.ask('startApiServer'),
    };
  }

  kubectl(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return mustRun([builtProgram('kubectl'), ...args], { ...options, env: this.#environment() });
  }

  helm(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return mustRun([builtProgram('helm'), ...args], { ...options, env: this.#environment() });
  }

  async loadImage(archive: string): Promise<void> {
    await this.#control.ask('loadImage', resolve(archive));
  }

  node(name: string): LanHost {
    const node = this.#record.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) throw new LabError(`there is no node ${name} in lab ${this.name}; there are ${this.nodes.join(', ')}`);
    return host(node, inNode);
  }

  status(): Promise<LabStatus> {
    return this.#control.ask('status');
  }

  logs(of?: string): readonly LabLog[] {
    return readLogs(this.name, this.nodes, of);
  }

  async down(): Promise<void> {
    this.#control.close();
    await endLab(this.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#owned) await this.down();
    else this.#control.close();
  }

  /** Read each time: processes of nodes change. */
  get #record(): LabRecord {
    const record = readRecord(this.name);
    if (record === undefined || !isLive(record)) throw new LabError(`lab ${this.name} ended`);
    return record;
  }

  host(name: string): LanHost {
    const found = this.#record.hosts.find((candidate) => candidate.name === name);
    if (found === undefined)
      throw new LabError(
        `lab ${this.name} has no host ${name}${name === 'far-client' ? ' (it was started without the second segment)' : ''}`,
      );
    return host(found, inNetworkOf);
  }

  #environment(): NodeJS.ProcessEnv {
    const { kubeconfigFile } = this.#record;
    // Helm keeps nothing of ours in the person's home.
    const home = `${kubeconfigFile}.helm`;
    return {
      KUBECONFIG: kubeconfigFile,
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
    };
  }
}

function host(recorded: RecordedHost, enter: typeof inNode): LanHost {
  const commandLine: LanHost['commandLine'] = (command, args) => {
    if (recorded.process === undefined || !isAlive(recorded.process)) {
      throw new LabError(`${recorded.name} is powered off (npm run lab -- fault power-on ${recorded.name})`);
    }
    return [...enter(recorded.process), command, ...args];
  };
  return {
    name: recorded.name,
    ipv4: recorded.ipv4,
    ipv6: recorded.ipv6,
    commandLine,
    run: async (command, args, options = {}) => runProgram(commandLine(command, args), options),
  };
}
