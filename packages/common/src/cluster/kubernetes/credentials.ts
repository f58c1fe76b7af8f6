import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { Clock } from '../../controller/clock.ts';
import { SeamarkError, messageOf } from '../../errors/index.ts';
import type { ClusterAccess } from './kubeconfig.ts';

/** What a TLS connection to the API server needs. `key` changes when any of it does, so that it can key a connection pool. */
export interface TlsMaterial {
  readonly key: string;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly privateKey: string | undefined;
  readonly servername: string | undefined;
  readonly rejectUnauthorized: boolean;
}

/** What one request is made with. */
export interface RequestCredentials {
  readonly tls: TlsMaterial;
  /** Authorization and impersonation headers. */
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** Reads credentials again when they may have changed: certificates and tokens in files rotate while we run. */
export interface CredentialSource {
  /** Throws SM_KUBECONFIG_INVALID when a file or plugin that the kubeconfig names gives nothing. */
  current(): Promise<RequestCredentials>;
  /** Forgets what is remembered: the API server did not accept it (401). */
  invalidate(): void;
}

/** Files are read again after this time, as client-go does for tokens; a kubelet rotates a token long before it expires. */
const rereadAfterMs = 60_000;

/** Creates the {@link CredentialSource} of a kubeconfig's context. */
export function createCredentialSource(access: ClusterAccess, clock: Clock): CredentialSource {
  const { cluster, user } = access;
  const plugin = createPlugin(access);
  const dependsOnFiles = [cluster.caFile, user.certFile, user.keyFile, user.tokenFile].some((file) => file !== undefined && file !== null);
  let remembered: { readonly credentials: RequestCredentials; readonly readAtMs: number } | undefined;
  let reading: Promise<RequestCredentials> | undefined;

  const read = async (): Promise<RequestCredentials> => {
    const [ca, cert, privateKey, token, fromPlugin] = await Promise.all([
      material(cluster.caData, cluster.caFile),
      material(user.certData, user.certFile),
      material(user.keyData, user.keyFile),
      user.token ?? (user.tokenFile === undefined ? undefined : readText(user.tokenFile)),
      plugin?.(),
    ]);
    const headers: Record<string, string | string[]> = {};
    if (user.username) headers['authorization'] = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
    if (token) headers['authorization'] = `Bearer ${token.trim()}`;
    if (fromPlugin?.authorization !== undefined) headers['authorization'] = fromPlugin.authorization;
    if (user.impersonateUser) headers['impersonate-user'] = user.impersonateUser;
    if (user.impersonateGroups !== undefined) headers['impersonate-group'] = [...user.impersonateGroups];
    const parts = {
      ca,
      cert: fromPlugin?.cert ?? cert,
      privateKey: fromPlugin?.privateKey ?? privateKey,
      servername: cluster.tlsServerName ?? undefined,
      rejectUnauthorized: !cluster.skipTLSVerify,
    };
    return { tls: { ...parts, key: createHash('sha256').update(JSON.stringify(parts)).digest('hex') }, headers };
  };

  return {
    async current() {
      // Tokens of plugins have their own cache with their own expiry; asking it is cheap.
      const stale =
        remembered === undefined || plugin !== undefined || (dependsOnFiles && clock.monotonicMs() - remembered.readAtMs > rereadAfterMs);
      if (!stale && remembered !== undefined) return remembered.credentials;
      reading ??= read().finally(() => (reading = undefined));
      const credentials = await reading;
      remembered = { credentials, readAtMs: clock.monotonicMs() };
      return credentials;
    },
    invalidate() {
      remembered = undefined;
    },
  };
}

interface PluginCredentials {
  readonly authorization: string | undefined;
  readonly cert: string | undefined;
  readonly privateKey: string | undefined;
}

/** `exec` plugins, and the legacy `auth-provider`s (oidc, gcp, azure) through client-node's whole KubeConfig. */
function createPlugin({ cluster, user, origin }: ClusterAccess): (() => Promise<PluginCredentials>) | undefined {
  if (!user.exec && !user.authProvider) return undefined;
  const load = async (): Promise<(options: RequestOptions) => Promise<void>> => {
    if (user.exec) {
      const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js');
      const exec = new ExecAuth();
      return (options) => exec.applyAuthentication(user, options);
    }
    const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
    const config = new KubeConfig();
    config.loadFromClusterAndUser(cluster, user);
    return (options) => config.applyToHTTPSOptions(options);
  };
  let loaded: ReturnType<typeof load> | undefined;
  return async () => {
    try {
      const options: RequestOptions = {};
      await (
        await (loaded ??= load())
      )(options);
      const authorization = (options.headers as Record<string, string> | undefined)?.['Authorization'];
      return { authorization, cert: textOf(options.cert), privateKey: textOf(options.key) };
    } catch (cause) {
      throw new SeamarkError('SM_KUBECONFIG_INVALID', `${origin}: the credential plugin of user ${user.name} failed: ${messageOf(cause)}`, {
        cause,
      });
    }
  };
}

/** PEM that a plugin gave. */
function textOf(pem: RequestOptions['key']): string | undefined {
  return typeof pem === 'string' || Buffer.isBuffer(pem) ? pem.toString() : undefined;
}

/** The text of inline data (base64) or of a file; client-node leaves absent members as null. */
async function material(data: string | null | undefined, file: string | null | undefined): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString();
  return file ? readText(file) : undefined;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new SeamarkError('SM_KUBECONFIG_INVALID', `${file}, which the kubeconfig names, cannot be read: ${messageOf(cause)}`, { cause });
  }
}
