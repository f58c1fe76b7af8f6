import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { builtToolFolder } from '@seamark/testkit';
import { hostAddresses, hostNumbers, nodeAddresses, nodeName, podNetworks } from '../address-plan.ts';
import { enterNodeCgroup, makeNodeCgroup, nodeCgroup, removeCgroup } from '../cgroups.ts';
import type { Credentials } from '../credentials.ts';
import { diesWithParent, type KeptProcess, keepRunning } from '../kept-process.ts';
import { LabError } from '../lab-error.ts';
import type { Lan } from '../lan.ts';
import { logTail } from '../logs.ts';
import { runIp, said, setSysctls } from '../network-namespace.ts';
import { identify, type ProcessIdentity, signalProcess, waitForEnd } from '../process-identity.ts';
import { cniFolder } from '../programs.ts';
import { runProgram } from '../run-program.ts';
import { type ProxyMode, writeNodeFiles } from './node-files.ts';
import { continueTree, firstChild, stopTree } from './process-tree.ts';

/** What a node is made of. */
export interface LabNodeOptions {
  readonly index: number;
  readonly nodeCount: number;
  /** The lab's folder; the node's disk lies in it. */
  readonly folder: string;
  readonly labCgroup: string;
  readonly proxyMode: ProxyMode;
  readonly pauseImage: string;
  readonly credentials: Credentials;
  readonly lan: Lan;
}

/**
 * Command line prefix that runs a program in all namespaces of a node. To enter a PID namespace nsenter starts a child: the second
 * part makes a signal that ends nsenter end the program.
 */
export function inNode(init: ProcessIdentity): readonly [string, ...string[]] {
  return ['nsenter', `--target=${init.pid}`, '--mount', '--net', '--uts', '--ipc', '--pid', '--', ...diesWithParent];
}

/** Logs of a node, by the program's name. */
export const nodeComponents = ['kubelet', 'containerd', 'kube-proxy'] as const;

/**
 * A node: network, mount, UTS, IPC and PID namespaces with a root, containerd, kubelet and kube-proxy of their own. Powering it off
 * kills its first process, and with it everything in the namespaces; its disk stays.
 */
export class LabNode {
  readonly name: string;
  readonly index: number;
  readonly disk: string;
  readonly #options: LabNodeOptions;
  #running: { readonly starter: KeptProcess; readonly init: ProcessIdentity } | undefined;
  #frozen = false;
  /** Archives that are on the disk, which outlives a power-off. */
  readonly #images = new Set<string>();

  constructor(options: LabNodeOptions) {
    this.#options = options;
    this.index = options.index;
    this.name = nodeName(options.index);
    this.disk = join(options.folder, this.name);
    writeNodeFiles({ ...options, disk: this.disk, cgroup: nodeCgroup(options.labCgroup, this.name) });
  }

  /** The first process of the node; undefined while it is powered off. */
  get init(): ProcessIdentity | undefined {
    return this.#running?.init;
  }

  /** Processes by which the node can be ended. */
  get processes(): readonly ProcessIdentity[] {
    return this.#running === undefined ? [] : [this.#running.starter.identity, this.#running.init];
  }

  /** What the node does, without asking Kubernetes. */
  get power(): 'on' | 'off' | 'frozen' {
    return this.#running === undefined ? 'off' : this.#frozen ? 'frozen' : 'on';
  }

  /** Starts the node up to its container runtime; with {@link startKubelet} it joins the cluster. */
  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    const { lan, labCgroup } = this.#options;
    await removeCgroup(nodeCgroup(labCgroup, this.name));
    makeNodeCgroup(labCgroup, this.name);
    mkdirSync(join(this.disk, 'var/log'), { recursive: true });
    const starter = keepRunning(
      [
        'unshare',
        '--net',
        '--mount',
        '--uts',
        '--ipc',
        '--pid',
        '--fork',
        '--kill-child',
        '--propagation',
        'private',
        '--',
        join(import.meta.dirname, 'init.sh'),
        this.disk,
        this.name,
        `${builtToolFolder('kubernetes')}:opt/kubernetes`,
        ...(cniFolder().startsWith('/usr/') ? [] : [`${cniFolder()}:${cniFolder().slice(1)}`]),
      ],
      { logFile: join(this.disk, 'var/log/init.log'), talk: 'pipe' },
    );
    await said(starter, 'ready', this.name);
    const child = firstChild(starter.identity.pid);
    const init = child === undefined ? undefined : identify(child);
    if (init === undefined) throw this.#failure('its first process ended');
    this.#running = { starter, init };
    void starter.ended.then(() => {
      if (this.#running?.starter === starter) this.#running = undefined;
    });
    for (const { pid } of this.processes) enterNodeCgroup(labCgroup, this.name, pid);
    await lan.plugIn(this.name, init, nodeAddresses(this.index), 10 + this.index);
    await setSysctls(init, { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
    await runIp(init, this.#routes());
    this.#tell('network');
    await this.#containerRuntimeAnswers();
  }

  /** Lets the node join the cluster. */
  startKubelet(): void {
    this.#tell('images');
  }

  /** Gives the container runtime an image; `again` also when it has one from this archive. */
  async loadImage(archive: string, again = false): Promise<void> {
    if (this.#images.has(archive) && !again) return;
    const { code, stderr } = await runProgram([...inNode(this.#required().init), 'ctr', '-n', 'k8s.io', 'images', 'import', '-'], {
      inputFile: archive,
    });
    if (code === 0) {
      this.#images.add(archive);
      return;
    }
    throw new LabError(
      `${this.name} did not take the image ${archive}: ${stderr.trim()}\n${logTail(join(this.disk, 'var/log/containerd.log'), 2_000)}`,
    );
  }

  /** Kills every process of the node. */
  async powerOff(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#frozen = false;
    signalProcess(running.init, 'SIGKILL');
    await running.starter.ended;
    if (!(await waitForEnd(running.init, 20_000))) throw new LabError(`${this.name} did not end within 20 s of SIGKILL`);
    await this.#options.lan.unplug(this.name);
    await removeCgroup(nodeCgroup(this.#options.labCgroup, this.name));
  }

  /** Stops every process of the node until {@link thaw}. Its kernel still answers pings and forwards packets. */
  freeze(): void {
    stopTree(this.#required().init);
    this.#frozen = true;
  }

  thaw(): void {
    continueTree(this.#required().init);
    this.#frozen = false;
  }

  #required(): { readonly starter: KeptProcess; readonly init: ProcessIdentity } {
    if (this.#running === undefined) throw new LabError(`${this.name} is powered off (lab fault power-on ${this.name})`);
    return this.#running;
  }

  #tell(line: string): void {
    this.#required().starter.child.stdin?.write(`${line}\n`);
  }

  #routes(): string[] {
    const router = hostAddresses(hostNumbers.router);
    const others = Array.from({ length: this.#options.nodeCount }, (_, position) => position + 1).filter((index) => index !== this.index);
    return [
      `route replace default via ${router.ipv4}`,
      `route replace default via ${router.ipv6}`,
      ...others.flatMap((index) => {
        const [pods, via] = [podNetworks(index), nodeAddresses(index)];
        return [`route replace ${pods.ipv4} via ${via.ipv4}`, `route replace ${pods.ipv6} via ${via.ipv6}`];
      }),
    ];
  }

  async #containerRuntimeAnswers(): Promise<void> {
    const deadline = performance.now() + 60_000;
    // The socket file appears a moment before the server listens on it.
    for (;;) {
      const { init } = this.#required();
      if (existsSync(`/proc/${init.pid}/root/run/containerd/containerd.sock`)) {
        const { code } = await runProgram([...inNode(init), 'ctr', 'version'], { timeoutMs: 5_000 });
        if (code === 0) return;
      }
      if (performance.now() > deadline) throw this.#failure('its container runtime does not answer');
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  #failure(what: string): LabError {
    const tails = ['init', 'containerd'].map((log) => logTail(join(this.disk, `var/log/${log}.log`), 2_000));
    return new LabError(`${this.name} did not start: ${what}\n${tails.join('\n')}`);
  }
}
