import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { Client, Metadata } from '@grpc/grpc-js';
import { SeamarkError } from '@seamark/common/errors';
import type { CompiledEtcdOptions, EtcdEndpoint } from './options.ts';

/** The services of etcd's rpc.proto that are used here. */
export type EtcdService = 'KV' | 'Watch' | 'Lease' | 'Auth' | 'Cluster' | 'Maintenance';

/** gRPC clients of one endpoint; they share one connection. */
export interface GrpcHost {
  client(service: EtcdService): Client;
  /** Empty metadata for a request: its class is loaded with the host. */
  metadata(): Metadata;
  close(): void;
}

/** Makes a {@link GrpcHost} with present credentials; rejects with SM_STORE_TLS when a file cannot be used. */
export type GrpcHostFactory = (endpoint: EtcdEndpoint) => Promise<GrpcHost>;

const channelOptions = {
  // Ranges are paged, but one page of big values passes gRPC's limit of 4 MB.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // A silent peer is noticed in 8 s. etcd closes connections that ping more often than every 5 s (--grpc-keepalive-min-time),
  // or that ping without a call.
  'grpc.keepalive_time_ms': 6_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.keepalive_permit_without_calls': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // As etcd's own client: an http_proxy meant for the outside must not be asked for the store.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
};

/** Describes how trust is decided, for messages: the files by name, never their content. */
export function describeTls(options: CompiledEtcdOptions): string {
  const files = [
    options.insecureSkipVerify
      ? 'server certificate not verified'
      : options.caFile === undefined
        ? 'CAs of Node'
        : `CA file ${options.caFile}`,
    ...(options.certFile === undefined ? [] : [`certificate file ${options.certFile}`, `key file ${options.keyFile}`]),
    ...(options.serverName === undefined ? [] : [`server name ${options.serverName}`]),
  ];
  return files.join(', ');
}

/**
 * The factory of {@link GrpcHost}s. gRPC (tens of MB and ms) is loaded with the first host, not with this module. Files are read for
 * every host, so that renewed certificates are used from the next connection on.
 *
 * etcd3's `Host` is used below its `Etcd3` class: that is where the proto definitions and the connection are, without the retry and
 * circuit-breaker policies, and with credentials of our own making.
 */
export function createGrpcHostFactory(options: CompiledEtcdOptions): GrpcHostFactory {
  let generation = 0;
  return async (endpoint) => {
    const [{ credentials, Metadata: MetadataClass }, { Host }] = await Promise.all([
      import('@grpc/grpc-js'),
      import('etcd3/lib/connection-pool.js'),
    ]);
    const verifiedName = options.serverName ?? endpoint.host;
    let channelCredentials = credentials.createInsecure();
    let fingerprint = '';
    if (endpoint.tls) {
      const [ca, certificate, key] = await Promise.all([
        readPem(options.caFile, 'CA'),
        readPem(options.certFile, 'certificate'),
        readPem(options.keyFile, 'key'),
      ]);
      fingerprint = createHash('sha256')
        .update(ca ?? '')
        .update(certificate ?? '')
        .digest('hex');
      try {
        channelCredentials = credentials.createSsl(ca, key, certificate, {
          ...(options.insecureSkipVerify ? { rejectUnauthorized: false } : {}),
          checkServerIdentity: (_name, presented) =>
            options.insecureSkipVerify ? undefined : checkServerIdentity(verifiedName, presented),
        });
      } catch (cause) {
        throw new SeamarkError('SM_STORE_TLS', `${describeTls(options)}: cannot be used: ${(cause as Error).message}`, { cause });
      }
    }
    const host = new Host(endpoint.target, channelCredentials, {
      ...channelOptions,
      // grpc-js always names a server in the handshake. An address is not permitted there (RFC 6066 section 3; DEP0123 of Node), and no
      // server has a certificate of its own for a reserved name (RFC 6761 section 6.4). What is verified is `verifiedName`.
      'grpc.ssl_target_name_override': isIP(verifiedName) === 0 ? verifiedName : 'etcd.invalid',
      ...(options.serverName === undefined ? {} : { 'grpc.default_authority': options.serverName }),
      // Connections are shared between channels with equal options; a new host must get a new connection.
      'seamark.generation': `${(generation += 1)}-${fingerprint}`,
    });
    const clients = new Map<EtcdService, Client>();
    return {
      client(service) {
        let client = clients.get(service);
        if (client === undefined) clients.set(service, (client = host.getServiceClient(service)));
        return client;
      },
      metadata: () => new MetadataClass(),
      close() {
        for (const client of clients.values()) client.close();
      },
    };
  };
}

async function readPem(file: string | undefined, what: string): Promise<Buffer | null> {
  if (file === undefined) return null;
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (cause) {
    throw new SeamarkError('SM_STORE_TLS', `${what} file ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (!content.includes('-----BEGIN')) throw new SeamarkError('SM_STORE_TLS', `${what} file ${file} is not PEM`);
  return content;
}
