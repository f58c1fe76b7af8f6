import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { Cluster, Context, User } from '@kubernetes/client-node/dist/config_types.js';
import { load } from 'js-yaml';
import { SeamarkError, messageOf } from '../../errors/index.ts';

/** Where the API server's address and our credentials come from. The first that applies is taken. */
export interface KubeconfigSource {
  /** Path of a kubeconfig file. */
  readonly kubeconfig?: string | undefined;
  /** Text of a kubeconfig (YAML or JSON); relative paths in it are relative to the working directory. */
  readonly kubeconfigText?: string | undefined;
  /** The context to use. Default: the file's `current-context`. */
  readonly context?: string | undefined;
  /**
   * Looked into when neither is given: `KUBECONFIG` (several files, merged), then `~/.kube/config`, then the ServiceAccount of a
   * pod (`KUBERNETES_SERVICE_HOST`). Default process.env.
   */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** The user of a context; `tokenFile` is read again and again because its token rotates. */
export interface KubeconfigUser extends User {
  readonly tokenFile?: string | undefined;
  readonly impersonateGroups?: readonly string[] | undefined;
}

/** One usable context of a kubeconfig. */
export interface ClusterAccess {
  readonly cluster: Cluster;
  readonly user: KubeconfigUser;
  readonly namespace: string | undefined;
  /** Where this comes from, for messages: `context prod of /root/.kube/config`. */
  readonly origin: string;
}

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Finds and reads the kubeconfig. Throws SM_KUBECONFIG_INVALID when there is none or it names no usable cluster. */
export async function loadClusterAccess(source: KubeconfigSource): Promise<ClusterAccess> {
  const env = source.env ?? process.env;
  if (source.kubeconfigText !== undefined)
    return selectContext([await parse(source.kubeconfigText, 'the given kubeconfig', process.cwd())], source.context);
  const files =
    source.kubeconfig !== undefined ? [source.kubeconfig] : (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  const personal = join(env['HOME'] ?? homedir(), '.kube', 'config');
  if (files.length === 0 && existsSync(personal)) files.push(personal);
  if (files.length > 0) return selectContext(await Promise.all(files.map(readFile)), source.context);
  const inCluster = serviceAccountAccess(env);
  if (inCluster !== undefined) return inCluster;
  throw new SeamarkError(
    'SM_KUBECONFIG_INVALID',
    'no Kubernetes cluster is known: no --kubeconfig, no $KUBECONFIG, no ~/.kube/config, and this is no pod with a ServiceAccount',
  );
}

interface Kubeconfig {
  readonly origin: string;
  readonly clusters: readonly Cluster[];
  readonly users: readonly KubeconfigUser[];
  readonly contexts: readonly Context[];
  readonly currentContext: string | undefined;
}

function readFile(file: string): Promise<Kubeconfig> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SeamarkError('SM_KUBECONFIG_INVALID', `kubeconfig ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
  return parse(text, file, dirname(file));
}

async function parse(text: string, origin: string, folder: string): Promise<Kubeconfig> {
  // Only client-node's reader of entries: its KubeConfig class loads every generated API model (80 MB, 0.4 s).
  const { newClusters, newContexts, newUsers } = await import('@kubernetes/client-node/dist/config_types.js');
  try {
    const content = load(text) as Record<string, unknown> | null | undefined;
    if (typeof content !== 'object' || content === null) throw new Error('it is not a mapping');
    const absolute = (path: string | undefined): string | undefined => (path === undefined || isAbsolute(path) ? path : join(folder, path));
    const clusters = newClusters(content['clusters']);
    for (const cluster of clusters) assignPath(cluster, 'caFile', absolute(cluster.caFile ?? undefined));
    const users = newUsers(content['users']).map((user, index): KubeconfigUser => {
      assignPath(user, 'certFile', absolute(user.certFile ?? undefined));
      assignPath(user, 'keyFile', absolute(user.keyFile ?? undefined));
      const raw = (content['users'] as { user?: { tokenFile?: string; 'as-groups'?: string[] } }[])[index]?.user;
      return { ...user, tokenFile: absolute(raw?.tokenFile), impersonateGroups: raw?.['as-groups'] };
    });
    const current = content['current-context'];
    return {
      origin,
      clusters,
      users,
      contexts: newContexts(content['contexts']),
      currentContext: typeof current === 'string' && current !== '' ? current : undefined,
    };
  } catch (cause) {
    throw new SeamarkError('SM_KUBECONFIG_INVALID', `kubeconfig ${origin} is not valid: ${messageOf(cause)}`, { cause });
  }
}

function assignPath<K extends string>(target: { [key in K]?: string }, key: K, path: string | undefined): void {
  if (path !== undefined) target[key] = path;
}

/** As kubectl merges several files: the first one that has an entry of a name wins, and so does the first current-context. */
function selectContext(configs: readonly Kubeconfig[], wanted: string | undefined): ClusterAccess {
  const origin = configs.map((config) => config.origin).join(', ');
  const invalid = (problem: string): SeamarkError => new SeamarkError('SM_KUBECONFIG_INVALID', `kubeconfig ${origin}: ${problem}`);
  const name = wanted ?? configs.find((config) => config.currentContext !== undefined)?.currentContext;
  const contexts = configs.flatMap((config) => config.contexts);
  const names = contexts.map((context) => context.name).join(', ');
  if (name === undefined) throw invalid(`no current-context is set (contexts: ${names || 'none'})`);
  const context = contexts.find((candidate) => candidate.name === name);
  if (context === undefined) throw invalid(`there is no context ${name} (contexts: ${names || 'none'})`);
  const cluster = configs.flatMap((config) => config.clusters).find((candidate) => candidate.name === context.cluster);
  if (cluster === undefined) throw invalid(`context ${name} names cluster ${context.cluster}, which is not there`);
  if (!URL.canParse(cluster.server) || !/^https?:$/.test(new URL(cluster.server).protocol))
    throw invalid(`cluster ${cluster.name}: server ${cluster.server} is no http(s) URL`);
  const user = configs.flatMap((config) => config.users).find((candidate) => candidate.name === context.user);
  if (user === undefined && context.user !== '') throw invalid(`context ${name} names user ${context.user}, which is not there`);
  return { cluster, user: user ?? { name: 'nobody' }, namespace: context.namespace, origin: `context ${name} of ${origin}` };
}

function serviceAccountAccess(env: NodeJS.ProcessEnv): ClusterAccess | undefined {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const tokenFile = join(serviceAccountFolder, 'token');
  if (host === undefined || host === '' || !existsSync(tokenFile)) return undefined;
  const namespaceFile = join(serviceAccountFolder, 'namespace');
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`;
  return {
    cluster: { name: 'in-cluster', server, caFile: join(serviceAccountFolder, 'ca.crt'), skipTLSVerify: false },
    user: { name: 'the ServiceAccount of this pod', tokenFile },
    namespace: existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : undefined,
    origin: 'the ServiceAccount of this pod',
  };
}
