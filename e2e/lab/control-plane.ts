import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { addressPlan, hostAddresses, hostNumbers } from './address-plan.ts';
import { ApiForwarder } from './api-forwarder.ts';
import type { Credentials } from './credentials.ts';
import { type KeptProcess, keepRunning } from './kept-process.ts';
import { LabError } from './lab-error.ts';
import { inNetworkOf } from './network-namespace.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { builtProgram } from './programs.ts';
import { logTail } from './logs.ts';

const addresses = hostAddresses(hostNumbers['control-plane']);

/** URL of the API server on the LAN. */
export const apiServerUrl = `https://${addresses.ipv4}:6443`;

/** Parts of the control plane, by the names of their logs. */
export const controlPlaneComponents = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

type Component = (typeof controlPlaneComponents)[number];

/**
 * How soon a silent node counts as NotReady: its kubelet renews its lease every quarter of {@link nodeLeaseSeconds}, and three
 * renewals may be missed.
 */
export const nodeMonitorGraceSeconds = 15;
/** Length of a node's lease. */
export const nodeLeaseSeconds = 16;

/** etcd, API server, controller manager and scheduler in a network namespace of their own. */
export class ControlPlane {
  readonly #holder: KeptProcess;
  readonly #folder: string;
  readonly #credentials: Credentials;
  readonly #running = new Map<Component, KeptProcess>();
  readonly forwarder: ApiForwarder;

  private constructor(holder: KeptProcess, folder: string, credentials: Credentials, forwarder: ApiForwarder) {
    this.#holder = holder;
    this.#folder = folder;
    this.#credentials = credentials;
    this.forwarder = forwarder;
  }

  /** Starts everything in the namespace of `holder`; resolves when the API server is ready. */
  static async start(options: {
    readonly holder: KeptProcess;
    readonly folder: string;
    readonly credentials: Credentials;
  }): Promise<ControlPlane> {
    const { holder, folder, credentials } = options;
    mkdirSync(join(folder, 'logs'), { recursive: true });
    const forwarder = await ApiForwarder.start(holder.identity, addresses.ipv4, 6443, join(folder, 'logs', 'api-forwarder.log'));
    const controlPlane = new ControlPlane(holder, folder, credentials, forwarder);
    controlPlane.#start('etcd');
    await controlPlane.startApiServer();
    return controlPlane;
  }

  /** Processes that are the control plane's, whatever they do. */
  get processes(): readonly ProcessIdentity[] {
    return [this.#holder, this.forwarder, ...this.#running.values()].map((part) => part.identity);
  }

  /** Starts the API server, and on the first time what depends on it; resolves when it is ready. */
  async startApiServer(): Promise<void> {
    if (!this.#running.has('kube-apiserver')) this.#start('kube-apiserver');
    await this.#untilReady(120_000);
    for (const component of ['kube-controller-manager', 'kube-scheduler'] as const) {
      if (!this.#running.has(component)) this.#start(component);
    }
  }

  /** Kills the API server, as a crash does. The others stay and wait for it. */
  async stopApiServer(): Promise<void> {
    const server = this.#running.get('kube-apiserver');
    this.#running.delete('kube-apiserver');
    await server?.end('SIGKILL');
  }

  /** Which components run. */
  status(): Readonly<Record<string, 'running' | 'stopped'>> {
    return Object.fromEntries(controlPlaneComponents.map((name) => [name, this.#running.has(name) ? 'running' : 'stopped']));
  }

  /** Ends everything at once. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.values(), this.forwarder, this.#holder].map((part) => part.end('SIGKILL')));
  }

  #start(component: Component): void {
    const logFile = this.#logFile(component);
    const kept = keepRunning([...inNetworkOf(this.#holder.identity), builtProgram(component), ...this.#arguments(component)], { logFile });
    this.#running.set(component, kept);
    void kept.ended.then(() => {
      if (this.#running.get(component) === kept) this.#running.delete(component);
    });
  }

  #arguments(component: Component): string[] {
    const files = this.#credentials;
    const argumentsOf: Record<Component, () => string[]> = {
      etcd: () => [
        `--data-dir=${join(this.#folder, 'etcd')}`,
        '--listen-client-urls=http://127.0.0.1:2379',
        '--advertise-client-urls=http://127.0.0.1:2379',
        '--listen-peer-urls=http://127.0.0.1:2380',
        '--initial-advertise-peer-urls=http://127.0.0.1:2380',
        '--initial-cluster=default=http://127.0.0.1:2380',
        // Alone in its cluster, a member wins its election after one timeout.
        '--heartbeat-interval=50',
        '--election-timeout=500',
        // The data ends with the lab: nothing is worth waiting for the disk.
        '--unsafe-no-fsync',
        '--log-level=warn',
      ],
      'kube-apiserver': () => [
        '--etcd-servers=http://127.0.0.1:2379',
        '--bind-address=::',
        `--advertise-address=${addresses.ipv4}`,
        '--secure-port=6443',
        `--tls-cert-file=${files.serverFile}`,
        `--tls-private-key-file=${files.serverKeyFile}`,
        `--client-ca-file=${files.caFile}`,
        `--token-auth-file=${files.tokenFile}`,
        `--kubelet-certificate-authority=${files.caFile}`,
        `--kubelet-client-certificate=${files.clientFile}`,
        `--kubelet-client-key=${files.clientKeyFile}`,
        '--kubelet-preferred-address-types=InternalIP',
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-key-file=${files.serviceAccountPublicFile}`,
        `--service-account-signing-key-file=${files.serviceAccountKeyFile}`,
        `--service-cluster-ip-range=${addressPlan.ipv4.services},${addressPlan.ipv6.services}`,
        '--authorization-mode=Node,RBAC',
        '--enable-admission-plugins=NodeRestriction',
        '--allow-privileged=true',
        '--profiling=false',
      ],
      'kube-controller-manager': () => [
        `--kubeconfig=${this.#kubeconfig('system:kube-controller-manager')}`,
        '--bind-address=127.0.0.1',
        '--leader-elect=false',
        '--use-service-account-credentials=true',
        `--service-account-private-key-file=${files.serviceAccountKeyFile}`,
        `--root-ca-file=${files.caFile}`,
        `--cluster-signing-cert-file=${files.caFile}`,
        `--cluster-signing-key-file=${files.caKeyFile}`,
        `--node-monitor-grace-period=${nodeMonitorGraceSeconds}s`,
        '--node-monitor-period=1s',
        '--profiling=false',
      ],
      'kube-scheduler': () => [
        `--kubeconfig=${this.#kubeconfig('system:kube-scheduler')}`,
        '--bind-address=127.0.0.1',
        '--leader-elect=false',
        '--profiling=false',
      ],
    };
    return argumentsOf[component]();
  }

  #kubeconfig(user: 'system:kube-controller-manager' | 'system:kube-scheduler'): string {
    const file = join(this.#folder, `${user.replace('system:', '')}.kubeconfig`);
    writeFileSync(file, this.#credentials.kubeconfig(user, apiServerUrl), { mode: 0o600 });
    return file;
  }

  #logFile(component: Component): string {
    return join(this.#folder, 'logs', `${component}.log`);
  }

  async #untilReady(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      for (const component of ['etcd', 'kube-apiserver'] as const) {
        if (!this.#running.has(component)) throw new LabError(`${component} ended at its start:\n${logTail(this.#logFile(component))}`);
      }
      if ((await this.#readyz()) === 'ok') return;
      if (performance.now() > deadline) {
        throw new LabError(`the API server was not ready after ${timeoutMs / 1000} s:\n${logTail(this.#logFile('kube-apiserver'))}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #readyz(): Promise<string | undefined> {
    return new Promise((resolve) => {
      // Only whether it answers matters, and the token must not be sent to whoever else has the port: /readyz needs none.
      const asked = request(
        { host: '127.0.0.1', port: this.forwarder.port, path: '/readyz', rejectUnauthorized: false, timeout: 2_000 },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          answer.on('end', () => resolve(text));
        },
      );
      asked.on('timeout', () => asked.destroy());
      asked.on('error', () => resolve(undefined));
      asked.end();
    });
  }
}
