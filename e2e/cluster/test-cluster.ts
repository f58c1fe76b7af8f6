/** What a suite may ask of the cluster that it runs on; what a cluster cannot do is skipped by name with the reason. */
export type ClusterCapability =
  /** Nodes can be powered off, cut off, frozen and slowed down: {@link TestCluster.faults}. */
  | 'faults'
  /** Images can be given to the nodes: {@link TestCluster.loadImage}. Without it they come from a registry. */
  | 'load-image'
  /** A host outside the cluster, on the nodes' LAN, reaches addresses of {@link TestCluster.pools}. */
  | 'client-host'
  /** Nodes, pods and Services have IPv6 addresses beside IPv4. */
  | 'dual-stack'
  /** The API server can be stopped and started again. */
  | 'control-plane';

/** Output of a finished program. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host of the cluster's LAN where programs of this machine can be run. */
export interface LanHost {
  readonly name: string;
  readonly ipv4: string;
  /** Absent where the LAN has no IPv6. */
  readonly ipv6?: string;
  /** Runs a program on the host to its end; never rejects for an exit code. */
  run(command: string, args: readonly string[], options?: { readonly input?: string; readonly timeoutMs?: number }): Promise<ProgramResult>;
  /** The command line that runs a program on the host, for programs that are to be kept running. */
  commandLine(command: string, args: readonly string[]): readonly [string, ...string[]];
}

/** What can be done to nodes. Every fault ends with the cluster at the latest. */
export interface ClusterFaults {
  /** Kills every process of the node at once, as a pulled plug does; its disk stays. */
  powerOff(node: string): Promise<void>;
  /** Starts the node again on its disk; resolves when it is Ready. */
  powerOn(node: string): Promise<void>;
  /** Takes the node's link down: it runs on, nobody reaches it. */
  cut(node: string): Promise<void>;
  /** Ends every network fault of the node: link, partition, loss, latency. */
  heal(node: string): Promise<void>;
  /** Stops every process of the node (SIGSTOP) until {@link thaw}. */
  freeze(node: string): Promise<void>;
  thaw(node: string): Promise<void>;
  /** Drops everything between the node and the peers (nodes, `client`, `router` or `control-plane`), both ways. */
  partition(node: string, peers: readonly string[]): Promise<void>;
  /** Loses this share (0–1) of what the node sends. */
  loss(node: string, share: number): Promise<void>;
  /** Delays what the node sends. */
  latency(node: string, delayMs: number): Promise<void>;
  /** Kills the API server, or starts it again and resolves when it is ready. */
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
}

/** A real Kubernetes cluster for a suite: the lab, kind, or one that the person has. The suites cannot tell which, but by what it can do. */
export interface TestCluster extends AsyncDisposable {
  readonly on: 'lab' | 'kind' | 'kubeconfig';
  readonly kubeconfigFile: string;
  readonly nodes: readonly string[];
  /** Addresses of the LAN that nobody has, for pools: `first-last`. */
  readonly pools: { readonly ipv4: string; readonly ipv6?: string };
  readonly capabilities: ReadonlySet<ClusterCapability>;
  /** Runs kubectl; rejects with its standard error when it fails. Resolves with its standard output. */
  kubectl(args: readonly string[], options?: { readonly input?: string; readonly timeoutMs?: number }): Promise<string>;
  /** Runs helm; rejects with its standard error when it fails. Resolves with its standard output. */
  helm(args: readonly string[], options?: { readonly input?: string; readonly timeoutMs?: number }): Promise<string>;
  /** Gives an image (OCI archive) to every node. */
  loadImage(archive: string): Promise<void>;
  /** Only with the capability `client-host`. */
  readonly client?: LanHost;
  /** Only with the capability `faults`. */
  readonly faults?: ClusterFaults;
}
