import type { SecureContextOptions, TlsOptions, TLSSocket } from 'node:tls';

/** Whether clients have to show certificates, by CoreDNS's names. */
export const clientAuthModes = ['nocert', 'request', 'require', 'verify_if_given', 'require_and_verify'] as const;

/** One of {@link clientAuthModes}. */
export type ClientAuthMode = (typeof clientAuthModes)[number];

/** What a server proves who it is with. PEM texts. */
export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Authorities that sign certificates of clients. Default: those of the system. */
  readonly clientCa?: string | Buffer;
}

/** Options of servers over TLS. */
export interface TlsSettings {
  readonly material: TlsMaterial;
  /** Default `nocert`. */
  readonly clientAuth?: ClientAuthMode;
}

/** A server whose certificate can be replaced. */
export interface TlsTransport {
  /** Uses other certificates for connections from now on; those that are open stay. Throws for material that is none. */
  replaceCertificates(material: TlsMaterial): void;
}

/** Options of a TLS server of Node: TLS 1.2 or later (RFC 8310, RFC 9325). */
export function tlsServerOptions({ material, clientAuth = 'nocert' }: TlsSettings, handshakeTimeoutMs: number): TlsOptions {
  return {
    ...secureContextOptions(material),
    minVersion: 'TLSv1.2',
    handshakeTimeout: handshakeTimeoutMs,
    requestCert: clientAuth !== 'nocert',
    rejectUnauthorized: clientAuth === 'require_and_verify',
  };
}

/** The part of the options that {@link TlsTransport.replaceCertificates} replaces. */
export function secureContextOptions({ cert, key, clientCa }: TlsMaterial): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', ...(clientCa === undefined ? {} : { ca: clientCa }) };
}

/** Whether a client that has ended its handshake may go on; Node itself checks `require_and_verify` only. */
export function isClientAdmitted(socket: TLSSocket, clientAuth: ClientAuthMode = 'nocert'): boolean {
  if (clientAuth !== 'require' && clientAuth !== 'verify_if_given') return true;
  const hasCertificate = Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
  return clientAuth === 'require' ? hasCertificate : !hasCertificate || socket.authorized;
}
