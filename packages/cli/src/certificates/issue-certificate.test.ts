import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { programRequirement, temporaryFolder, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { issueCertificate, makeAuthority } from './issue-certificate.ts';

const now = new Date('2030-01-01T00:00:00Z');
const later = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
const present = (days: number): Date => new Date(Date.now() + days * 86_400_000);

describe('certificates of our own authority', () => {
  const authority = makeAuthority('seamark etcd authority', now, later(3650));
  const server = issueCertificate(
    {
      commonName: 'etcd',
      names: ['etcd.ns.svc', '*.members.ns.svc', '127.0.0.1', '::1', 'fd00:10::ff'],
      usage: ['server', 'client'],
      notBefore: now,
      notAfter: later(365),
    },
    authority,
  );

  it('say what was asked for, as Node reads them', () => {
    const read = new X509Certificate(server.certificate);
    expect(read.subject).toBe('CN=etcd');
    expect(read.issuer).toBe('CN=seamark etcd authority');
    expect(read.subjectAltName).toBe(
      'DNS:etcd.ns.svc, DNS:*.members.ns.svc, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FD00:10:0:0:0:0:0:FF',
    );
    expect(read.validFromDate).toEqual(now);
    expect(read.validToDate).toEqual(later(365));
    expect(read.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(read.ca).toBe(false);
    const issuer = new X509Certificate(authority.certificate);
    expect(issuer.ca).toBe(true);
    expect(read.checkIssued(issuer)).toBe(true);
    expect(read.verify(issuer.publicKey)).toBe(true);
  });

  it('never outlive their authority, also beyond the year 2049', () => {
    const long = makeAuthority('long', now, later(9000));
    const leaf = issueCertificate({ commonName: 'x', names: [], usage: ['client'], notBefore: now, notAfter: later(9999) }, long);
    expect(new X509Certificate(leaf.certificate).validToDate).toEqual(later(9000));
    expect(later(9000).getUTCFullYear()).toBeGreaterThan(2049);
  });

  it('are taken by both sides of a TLS connection', async () => {
    const ca = makeAuthority('ca', present(-1), present(2));
    const request = { names: ['localhost'], notBefore: present(-1), notAfter: present(1) };
    const own = issueCertificate({ ...request, commonName: 'server', usage: ['server'] }, ca);
    const client = issueCertificate({ ...request, commonName: 'root', names: [], usage: ['client'] }, ca);
    const server_ = createServer({ ca: ca.certificate, cert: own.certificate, key: own.key, requestCert: true, rejectUnauthorized: true });
    await new Promise<void>((resolve) => server_.listen(0, '127.0.0.1', resolve));
    const accepted = new Promise<TLSSocket>((resolve) => server_.once('secureConnection', resolve));
    const { port } = server_.address() as { port: number };
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: ca.certificate,
      cert: client.certificate,
      key: client.key,
    });
    const peer = await accepted;
    expect(peer.authorized).toBe(true);
    expect(peer.getPeerCertificate().subject.CN).toBe('root');
    socket.destroy();
    peer.destroy();
    server_.close();
  });
});

describe.skipIf(unmet('certificates as openssl sees them', programRequirement('openssl', 'openssl')))('openssl', () => {
  it('verifies the chain strictly', () => {
    using folder = temporaryFolder('certificates');
    const ca = makeAuthority('ca', present(-1), present(2));
    const leaf = issueCertificate(
      { commonName: 'x', names: ['x.example.org'], usage: ['server'], notBefore: present(-1), notAfter: present(1) },
      ca,
    );
    const caFile = join(folder.path, 'ca.crt');
    const leafFile = join(folder.path, 'x.crt');
    writeFileSync(caFile, ca.certificate);
    writeFileSync(leafFile, leaf.certificate);
    const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'x.example.org', '-CAfile', caFile, leafFile];
    expect(execFileSync('openssl', args, { encoding: 'utf8' })).toContain('OK');
  });
});
