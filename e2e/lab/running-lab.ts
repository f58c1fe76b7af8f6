import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from '@seamark/images';
import { addressPlan, hostAddresses, hostNumbers, nodeAddresses } from './address-plan.ts';
import { labCgroup, removeCgroup } from './cgroups.ts';
import { installClusterDns } from './cluster-dns.ts';
import { ControlPlane } from './control-plane.ts';
import { makeCredentials } from './credentials.ts';
import type { KeptProcess } from './kept-process.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { LabError } from './lab-error.ts';
import type { DecidedLabOptions } from './lab-options.ts';
import { bootId, labFolder, type LabRecord, removeLabFolder, writeRecord } from './lab-record.ts';
import { Lan } from './lan.ts';
import { runIp, setSysctls } from './network-namespace.ts';
import { LabNode } from './node/lab-node.ts';
import { identify } from './process-identity.ts';
import { controlPlaneRoutes, defaultRoutes, poolRoutes } from './routes.ts';
import { VolumeProvisioner } from './volumes.ts';

type HostName = keyof typeof hostNumbers;

/** What `lab status` shows. */
export interface LabStatus {
  readonly name: string;
  readonly kubeconfigFile: string;
  readonly pools: { readonly ipv4: string; readonly ipv6: string };
  readonly controlPlane: Readonly<Record<string, 'running' | 'stopped'>>;
  readonly nodes: readonly {
    readonly name: string;
    readonly power: 'on' | 'off' | 'frozen';
    readonly link: 'up' | 'cut';
    readonly ready: boolean | undefined;
    readonly ipv4: string;
    readonly ipv6: string;
  }[];
  readonly hosts: readonly { readonly name: string; readonly ipv4: string; readonly ipv6: string }[];
  readonly images: readonly string[];
}

/** A lab as its supervisor holds it: the owner of every process, namespace and control group of it. */
export class RunningLab {
  readonly #options: DecidedLabOptions;
  readonly #folder: string;
  readonly #hosts = new Map<HostName, KeptProcess>();
  readonly #nodes = new Map<string, LabNode>();
  readonly #images: string[] = [];
  #lan: Lan | undefined;
  #controlPlane: ControlPlane | undefined;
  #api: KubernetesApi | undefined;
  #volumes: VolumeProvisioner | undefined;
  #state: LabRecord['state'] = 'starting';
  #starting: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: DecidedLabOptions) {
    this.#options = options;
    this.#folder = labFolder(options.name);
    this.#record();
  }

  /** Starts everything; resolves when all nodes are Ready and the cluster's DNS answers. `progress` gets a line for each step. */
  start(progress: (step: string) => void): Promise<void> {
    this.#starting ??= this.#start(progress);
    return this.#starting;
  }

  async #start(progress: (step: string) => void): Promise<void> {
    const { nodes: nodeCount, secondSegment, proxyMode } = this.#options;
    const [credentials, lan, pause, coredns] = await Promise.all([
      makeCredentials(join(this.#folder, 'credentials'), nodeCount),
      Lan.create(secondSegment),
      buildImage('pause'),
      buildImage('coredns'),
    ]);
    this.#lan = lan;
    this.#images.push(pause.archive, coredns.archive);
    await this.#startHosts(lan, secondSegment);
    progress('network');

    for (let index = 1; index <= nodeCount; index++) {
      const node = new LabNode({
        index,
        nodeCount,
        proxyMode,
        credentials,
        lan,
        folder: this.#folder,
        labCgroup: labCgroup(this.#options.name),
        pauseImage: pause.reference,
      });
      this.#nodes.set(node.name, node);
    }
    const holder = this.#hosts.get('control-plane');
    if (holder === undefined) throw new Error('no control-plane host');
    const all = [...this.#nodes.values()];
    const [controlPlane] = await Promise.all([
      ControlPlane.start({ holder, folder: join(this.#folder, 'control-plane'), credentials }),
      ...all.map((node) => this.#startRuntime(node, [pause.archive])),
    ]);
    this.#controlPlane = controlPlane;
    progress('API server');
    const kubeconfig = credentials.kubeconfig('seamark-lab-admin', `https://127.0.0.1:${controlPlane.forwarder.port}`);
    writeFileSync(this.#kubeconfigFile, kubeconfig, { mode: 0o600 });
    this.#api = new KubernetesApi(kubeconfig);
    for (const node of all) node.startKubelet();
    await this.#routeToNodes();
    this.#record();
    this.#volumes = new VolumeProvisioner(this.#api, (node) => this.#nodes.get(node)?.disk);
    const images = all.map((node) => node.loadImage(coredns.archive));
    await Promise.all([this.#volumes.start(), ...all.map((node) => this.#untilReady(node))]);
    progress('nodes Ready');
    await Promise.all(images);
    // Earlier, the first Ready node would get all of its pods.
    await installClusterDns(this.#api, coredns.reference, nodeCount);
    await this.#untilDnsServes();
    progress('cluster DNS');
    this.#state = 'up';
    this.#record();
  }

  /** Ends everything and leaves nothing; may be called again. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    this.#volumes?.stop();
    await this.#endParts();
    // A start that was under way fails now; what it made meanwhile must go, too.
    const failed = this.#starting?.catch(() => undefined);
    await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 20_000).unref())]);
    await this.#endParts();
    await removeCgroup(labCgroup(this.#options.name));
    removeLabFolder(this.#options.name);
  }

  async #endParts(): Promise<void> {
    // Without the switch a wire cannot be removed, and need not be.
    await Promise.all([...this.#nodes.values()].map((node) => node.powerOff().catch(() => undefined)));
    await this.#controlPlane?.stop();
    await Promise.all([...this.#hosts.values()].map((host) => host.end('SIGKILL')));
    await this.#lan?.end();
  }

  /** Where everything stands. */
  async status(): Promise<LabStatus> {
    const ready = await this.#readyNodes().catch(() => undefined);
    return {
      name: this.#options.name,
      kubeconfigFile: this.#kubeconfigFile,
      pools: { ipv4: addressPlan.ipv4.pool, ipv6: addressPlan.ipv6.pool },
      controlPlane: this.#controlPlane?.status() ?? {},
      nodes: [...this.#nodes.values()].map((node) => ({
        name: node.name,
        power: node.power,
        link: this.#lan?.isCut(node.name) === true ? 'cut' : 'up',
        ready: ready?.has(node.name),
        ipv4: nodeAddresses(node.index).ipv4,
        ipv6: nodeAddresses(node.index).ipv6,
      })),
      hosts: [...this.#hosts.keys()].map((name) => ({
        name,
        ipv4: hostAddresses(hostNumbers[name]).ipv4,
        ipv6: hostAddresses(hostNumbers[name]).ipv6,
      })),
      images: this.#images,
    };
  }

  /** Gives an image to every node; nodes that are off get it when they come back. */
  async loadImage(archive: string): Promise<void> {
    if (!this.#images.includes(archive)) this.#images.push(archive);
    await Promise.all([...this.#nodes.values()].filter((node) => node.power !== 'off').map((node) => node.loadImage(archive, true)));
  }

  async powerOff(name: string): Promise<void> {
    await this.#node(name).powerOff();
    await this.#routeToNodes();
    this.#record();
  }

  async powerOn(name: string): Promise<void> {
    const node = this.#node(name);
    if (node.power !== 'off') return;
    await this.#startRuntime(node, this.#images);
    node.startKubelet();
    await this.#routeToNodes();
    this.#record();
    await this.#untilReady(node);
  }

  async cut(name: string): Promise<void> {
    await this.#network().cut(this.#node(name).name);
    await this.#routeToNodes();
  }

  async heal(name: string): Promise<void> {
    const node = this.#node(name);
    await this.#network().heal(name, node.init);
    await this.#routeToNodes();
  }

  async freeze(name: string): Promise<void> {
    this.#node(name).freeze();
  }

  async thaw(name: string): Promise<void> {
    this.#node(name).thaw();
  }

  async partition(name: string, peers: readonly string[]): Promise<void> {
    const known = [...this.#nodes.keys(), ...this.#hosts.keys()];
    const unknown = peers.find((peer) => !known.includes(peer as HostName));
    if (peers.length === 0 || unknown !== undefined) {
      throw new LabError(`fault partition ${name}: peer ${unknown ?? '(none given)'} is not one of ${known.join(', ')}`);
    }
    await this.#network().partition(this.#node(name).name, peers);
  }

  async loss(name: string, share: number): Promise<void> {
    if (!(share >= 0 && share <= 1)) throw new LabError(`fault loss ${name}: ${share} is no share between 0 and 1`);
    await this.#network().loss(this.#node(name).name, share);
  }

  async latency(name: string, delayMs: number): Promise<void> {
    const { init } = this.#node(name);
    if (init === undefined) throw new LabError(`fault latency ${name}: the node is powered off`);
    if (!(delayMs >= 0)) throw new LabError(`fault latency ${name}: ${delayMs} is no number of milliseconds`);
    await this.#network().latency(name, init, delayMs);
  }

  async stopApiServer(): Promise<void> {
    await this.#controlPlane?.stopApiServer();
  }

  async startApiServer(): Promise<void> {
    await this.#controlPlane?.startApiServer();
    this.#record();
  }

  async #startHosts(lan: Lan, secondSegment: boolean): Promise<void> {
    const names: readonly HostName[] = ['router', 'control-plane', 'client', ...(secondSegment ? (['far-client'] as const) : [])];
    await Promise.all(
      names.map(async (name) => {
        const links =
          name === 'far-client'
            ? (['eth1'] as const)
            : name === 'router' && secondSegment
              ? (['eth0', 'eth1'] as const)
              : (['eth0'] as const);
        const host = await lan.addHost(name, links);
        this.#hosts.set(name, host);
        if (name === 'router') await setSysctls(host.identity, { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
        else await runIp(host.identity, defaultRoutes(name === 'far-client' ? 'second' : 'first'));
      }),
    );
  }

  async #startRuntime(node: LabNode, archives: readonly string[]): Promise<void> {
    await node.start();
    for (const archive of archives) await node.loadImage(archive);
  }

  /** Routes of the hosts lead over the nodes that have power and a link. */
  async #routeToNodes(): Promise<void> {
    const all = [...this.#nodes.values()];
    const live = all.filter((node) => node.power !== 'off' && !this.#network().isCut(node.name)).map((node) => node.index);
    await Promise.all(
      [...this.#hosts].map(async ([name, host]) => {
        if (name === 'far-client') return;
        const commands =
          name === 'control-plane'
            ? controlPlaneRoutes(
                all.map((node) => node.index),
                live,
              )
            : poolRoutes(live);
        await runIp(host.identity, commands);
      }),
    );
  }

  async #untilReady(node: LabNode): Promise<void> {
    const bootIdFile = join(node.disk, 'etc/machine-settings/kernel.random.boot_id');
    const thisBoot = readFileSync(bootIdFile, 'utf8').trim();
    await this.#eventually(`${node.name} is not Ready`, 120_000, async () => (await this.#readyNodes()).get(node.name) === thisBoot);
  }

  async #untilDnsServes(): Promise<void> {
    const path = '/apis/apps/v1/namespaces/kube-system/deployments/coredns';
    await this.#eventually('the cluster DNS is not available', 60_000, async () => {
      const { status } = await this.#kubernetes().ask<{ status: { replicas?: number; availableReplicas?: number } }>('GET', path);
      return status.replicas !== undefined && status.availableReplicas === status.replicas;
    });
  }

  /** Names of Ready nodes with the boot id that their kubelet reported. */
  async #readyNodes(): Promise<ReadonlyMap<string, string>> {
    interface NodeList {
      items: { metadata: { name: string }; status: { conditions?: { type: string; status: string }[]; nodeInfo?: { bootID: string } } }[];
    }
    const { items } = await this.#kubernetes().ask<NodeList>('GET', '/api/v1/nodes');
    const ready = items.filter(({ status }) => status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'));
    return new Map(ready.map(({ metadata, status }) => [metadata.name, status.nodeInfo?.bootID ?? '']));
  }

  async #eventually(otherwise: string, timeoutMs: number, attempt: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      if (await attempt().catch(() => false)) return;
      if (this.#stopped !== undefined) throw new LabError('the lab is being taken down');
      if (performance.now() > deadline) throw new LabError(`${otherwise} after ${timeoutMs / 1000} s (npm run lab -- logs shows why)`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  #node(name: string): LabNode {
    const node = this.#nodes.get(name);
    if (node === undefined)
      throw new LabError(`there is no node ${name} in lab ${this.#options.name}; there are ${[...this.#nodes.keys()].join(', ')}`);
    return node;
  }

  #network(): Lan {
    if (this.#lan === undefined) throw new LabError('the lab is still starting');
    return this.#lan;
  }

  #kubernetes(): KubernetesApi {
    if (this.#api === undefined) throw new LabError('the lab is still starting');
    return this.#api;
  }

  get #kubeconfigFile(): string {
    return join(this.#folder, 'kubeconfig');
  }

  #record(): void {
    const supervisor = identify(process.pid);
    if (supervisor === undefined) throw new Error('this process is not in /proc');
    const parts = [...(this.#lan?.processes ?? []), ...(this.#controlPlane?.processes ?? [])];
    writeRecord({
      name: this.#options.name,
      bootId: bootId(),
      state: this.#state,
      supervisor,
      processes: [
        ...parts,
        ...[...this.#hosts.values()].map((host) => host.identity),
        ...[...this.#nodes.values()].flatMap((node) => node.processes),
      ],
      cgroup: labCgroup(this.#options.name),
      kubeconfigFile: this.#kubeconfigFile,
      controlSocket: join(this.#folder, 'control.sock'),
      hosts: [...this.#hosts].map(([name, host]) => ({
        name,
        process: host.identity,
        ipv4: hostAddresses(hostNumbers[name]).ipv4,
        ipv6: hostAddresses(hostNumbers[name]).ipv6,
      })),
      nodes: [...this.#nodes.values()].map((node) => ({
        name: node.name,
        ipv4: nodeAddresses(node.index).ipv4,
        ipv6: nodeAddresses(node.index).ipv6,
        ...(node.init === undefined ? {} : { process: node.init }),
      })),
      secondSegment: this.#options.secondSegment,
    });
  }
}
