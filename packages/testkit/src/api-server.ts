import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { type FixtureProcess, startFixtureProcess } from './containers/fixture-process.ts';
import { type EtcdServer, startEtcd } from './etcd-server.ts';
import { freePort } from './free-port.ts';
import type { Requirement } from './requirement.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { builtToolFolder } from './tool-cache.ts';

/** A user of the test API server, known by a bearer token. Without a group that is bound to a role it may do nothing. */
export interface ApiServerUser {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** Options of {@link startApiServer}. */
export interface ApiServerOptions {
  /** The etcd to keep objects in, which stays the caller's. Default: one that starts and ends with the API server. */
  readonly etcd?: Pick<EtcdServer, 'endpoint'>;
  /** HTTPS port of 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Users besides the administrator; their kubeconfigs come from {@link ApiServer.kubeconfigFor}. */
  readonly users?: readonly ApiServerUser[];
  /** CRD files (YAML, several documents allowed) that are installed before the start resolves. */
  readonly crds?: readonly string[];
  /** Appended to the command line. */
  readonly extraArgs?: readonly string[];
}

/** An HTTP answer of the API server. */
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/** A real kube-apiserver on 127.0.0.1 without controllers: it stores, validates, admits and watches, and nothing else happens. */
export interface ApiServer extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** PEM of the certificate that signs the server's. */
  readonly ca: string;
  /** Bearer token of the administrator (group system:masters). */
  readonly token: string;
  /** The administrator's kubeconfig: as text (JSON, which is YAML too) and as a file. */
  readonly kubeconfig: string;
  readonly kubeconfigPath: string;
  readonly etcdEndpoint: string;
  readonly pid: number;
  output(): string;
  /** Kubeconfig text for a user of {@link ApiServerOptions.users}, or another `server` URL (a proxy before this server). */
  kubeconfigFor(options: { readonly user?: string; readonly server?: string }): string;
  /** One request as administrator; `body` is sent as JSON unless it is a string (then as YAML, which JSON is too). */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<ApiAnswer>;
  /** Installs the CRDs of YAML files and resolves when they are served. An installed one stays as it is. */
  installCrds(files: readonly string[]): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts again with the same port, certificate and etcd, after ending a running process with SIGKILL. Resolves when it serves. */
  restart(): Promise<void>;
}

const administrator = 'seamark-test-admin';
const programPath = (): string => join(builtToolFolder('kubernetes'), 'kube-apiserver');

/** Requires the kube-apiserver that `npm run setup` builds. */
export function apiServerRequirement(): Requirement {
  try {
    accessSync(programPath(), constants.X_OK);
    return { name: 'kube-apiserver' };
  } catch {
    return { name: 'kube-apiserver', missing: 'kube-apiserver is not built (npm run setup with Go on PATH)' };
  }
}

/** Starts a kube-apiserver (and an etcd when none is given); resolves when /readyz says ok. Takes about three seconds. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(temporaryFolder('apiserver'));
  const etcd = options.etcd ?? starting.use(await startEtcd());
  const port = options.port ?? (await freePort());
  const url = `https://127.0.0.1:${port}`;
  const users: readonly ApiServerUser[] = [{ name: administrator, groups: ['system:masters'] }, ...(options.users ?? [])];
  const tokens = new Map(users.map((user) => [user.name, randomBytes(16).toString('hex')]));
  const tokenOf = (user: string): string => {
    const token = tokens.get(user);
    if (token === undefined) throw new Error(`no such user of the test API server: ${user}`);
    return token;
  };
  const args = serverArguments({ folder: folder.path, etcdEndpoint: etcd.endpoint, port, users, tokenOf });
  const send = (method: string, path: string, body?: unknown, contentType?: string): Promise<ApiAnswer> =>
    exchange(`${url}${path}`, { method, ca, token: tokenOf(administrator), body, contentType });

  let ca: string | undefined;
  let trusted = false;
  const readyz = async (): Promise<string> => {
    // The server writes the pair on its first start; apiserver.crt ends with the certificate that signed it.
    // Read again until it served: the file may be caught half-written, and then trusts nobody.
    if (!trusted) ca = readFileSync(join(folder.path, 'apiserver.crt'), 'utf8');
    const { text } = await send('GET', '/readyz');
    trusted = true;
    return text;
  };
  const run = async (): Promise<FixtureProcess> => {
    const started = await startFixtureProcess(programPath(), [...args, ...(options.extraArgs ?? [])], { folders: [folder.path] });
    try {
      await served(started, readyz);
      return started;
    } catch (error) {
      await started.end('SIGKILL').catch(() => undefined);
      throw error;
    }
  };
  let current = await run();
  starting.defer(async () => {
    // Nothing of a test's API server needs a graceful end, and open watches would delay it.
    await current.end('SIGKILL').catch(() => undefined);
  });
  const authority = ca ?? '';

  const kubeconfigFor: ApiServer['kubeconfigFor'] = ({ user = administrator, server = url }) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } }],
      users: [{ name: user, user: { token: tokenOf(user) } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      'current-context': 'test',
    });
  const kubeconfigPath = join(folder.path, 'kubeconfig');
  writeFileSync(kubeconfigPath, kubeconfigFor({}), { mode: 0o600 });

  const installCrds = async (files: readonly string[]): Promise<void> => {
    const documents = files.flatMap((file) => readFileSync(file, 'utf8').split(/^---.*$/m)).filter((text) => /^kind:/m.test(text));
    await Promise.all(documents.map((document) => installCrd(send, document)));
  };
  if (options.crds !== undefined) await installCrds(options.crds);

  const owned = starting.move();
  return {
    url,
    port,
    ca: authority,
    token: tokenOf(administrator),
    kubeconfig: kubeconfigFor({}),
    kubeconfigPath,
    etcdEndpoint: etcd.endpoint,
    get pid() {
      return current.pid;
    },
    output: () => current.output(),
    kubeconfigFor,
    request: send,
    installCrds,
    async kill() {
      await current.end('SIGKILL');
    },
    async restart() {
      await current.end('SIGKILL');
      current = await run();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface ServerParts {
  readonly folder: string;
  readonly etcdEndpoint: string;
  readonly port: number;
  readonly users: readonly ApiServerUser[];
  readonly tokenOf: (user: string) => string;
}

/** Writes the key and token files and makes the command line. */
function serverArguments(parts: ServerParts): string[] {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyPath = join(parts.folder, 'service-account.key');
  const publicKeyPath = join(parts.folder, 'service-account.pub');
  const tokenPath = join(parts.folder, 'tokens.csv');
  writeFileSync(keyPath, keys.privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(publicKeyPath, keys.publicKey.export({ type: 'spki', format: 'pem' }));
  const line = (user: ApiServerUser): string => `${parts.tokenOf(user.name)},${user.name},${user.name},"${(user.groups ?? []).join(',')}"`;
  writeFileSync(tokenPath, parts.users.map((user) => `${line(user)}\n`).join(''), { mode: 0o600 });
  return [
    `--etcd-servers=${parts.etcdEndpoint}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${parts.port}`,
    `--cert-dir=${parts.folder}`,
    `--token-auth-file=${tokenPath}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${publicKeyPath}`,
    `--service-account-signing-key-file=${keyPath}`,
    '--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112',
    '--authorization-mode=RBAC',
    // Without a controller manager nobody makes the default ServiceAccounts that this one insists on.
    '--disable-admission-plugins=ServiceAccount',
    // It would refuse to publish a loopback address.
    '--endpoint-reconciler-type=none',
    // Compaction is the test's to do.
    '--etcd-compaction-interval=0',
    // Asks etcd for sizes by an RPC that etcd 3.4 does not have.
    '--feature-gates=SizeBasedListCostEstimate=false',
    '--profiling=false',
  ];
}

/** Resolves when /readyz says ok; rejects with the output when the process ends or takes over 60 s. */
async function served(started: FixtureProcess, readyz: () => Promise<string>): Promise<void> {
  let ended: string | undefined;
  void started.exited.then(
    (code) => (ended = `ended with ${code}`),
    (error: unknown) => (ended = String(error)),
  );
  const deadline = performance.now() + 45_000;
  for (;;) {
    if (ended !== undefined) throw new Error(`kube-apiserver ${ended}:\n${started.output().slice(-4_000)}`);
    const answer = await readyz().catch(() => '');
    if (answer === 'ok') return;
    if (performance.now() > deadline)
      throw new Error(`kube-apiserver is not ready after 45 s: ${answer}\n${started.output().slice(-4_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function installCrd(send: ApiServer['request'], document: string): Promise<void> {
  const collection = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const created = await send('POST', collection, document);
  // The name stands in the answer, also when the object exists.
  const answer = JSON.parse(created.text) as { metadata?: { name?: string }; details?: { name?: string }; message?: string };
  if (created.status !== 201 && created.status !== 409)
    throw new Error(`CRD refused: ${answer.message ?? created.text}\n${document.slice(0, 400)}`);
  const name = answer.metadata?.name ?? answer.details?.name;
  const deadline = performance.now() + 20_000;
  for (;;) {
    const crd = JSON.parse((await send('GET', `${collection}/${name}`)).text) as {
      spec?: { group: string; names: { plural: string }; versions: readonly { name: string; served: boolean }[] };
      status?: { conditions?: readonly { type: string; status: string }[] };
    };
    const established =
      crd.status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') === true;
    const version = crd.spec?.versions.find((candidate) => candidate.served)?.name;
    // Established comes a moment before the handler serves the path.
    if (
      established &&
      crd.spec !== undefined &&
      (await send('GET', `/apis/${crd.spec.group}/${version}/${crd.spec.names.plural}?limit=1`)).status === 200
    )
      return;
    if (performance.now() > deadline) throw new Error(`CRD ${name} was not established within 20 s: ${JSON.stringify(crd.status)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Exchange {
  readonly method: string;
  readonly ca: string | undefined;
  readonly token: string;
  readonly body: unknown;
  readonly contentType: string | undefined;
}

function exchange(url: string, options: Exchange): Promise<ApiAnswer> {
  const yaml = typeof options.body === 'string';
  const payload = typeof options.body === 'string' || options.body === undefined ? options.body : JSON.stringify(options.body);
  const headers: Record<string, string> = { authorization: `Bearer ${options.token}` };
  if (payload !== undefined) headers['content-type'] = options.contentType ?? (yaml ? 'application/yaml' : 'application/json');
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      url,
      { method: options.method, headers, ...(options.ca === undefined ? {} : { ca: options.ca }), timeout: 20_000 },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer from ${url} in 20 s`)));
    request.on('error', reject);
    request.end(payload);
  });
}
