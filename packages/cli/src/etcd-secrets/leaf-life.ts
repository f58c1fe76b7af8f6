import { createPrivateKey, X509Certificate } from 'node:crypto';
import { commonNameOf, issueCertificate } from '../certificates/issue-certificate.ts';
import { type Authority, backdatedMs, dayMs, leftOf, readCertificate } from './authority-life.ts';
import type { SecretContent } from './secret.ts';

/** What the certificate in a Secret is to say. */
export interface WantedLeaf {
  readonly commonName: string;
  readonly names: readonly string[];
  readonly usage: readonly ('server' | 'client')[];
}

/** The certificate part of a Secret, and why it was made anew; `renewed` is absent when the present one goes on. */
export interface LeafResult {
  readonly content: { readonly 'tls.crt': string; readonly 'tls.key': string; readonly 'ca.crt': string };
  readonly renewed?: string;
}

/** Keeps the present certificate while it is good for more than a third of its life, or issues a new one. */
export function nextLeaf(
  secretName: string,
  present: SecretContent,
  wanted: WantedLeaf,
  authority: Authority,
  now: Date,
  days: number,
): LeafResult {
  const { 'tls.crt': certificate, 'tls.key': key } = present;
  const renewed =
    certificate === undefined || key === undefined ? 'made' : reasonToRenew(secretName, certificate, key, wanted, authority, now);
  if (renewed === undefined && certificate !== undefined && key !== undefined)
    return { content: { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.trust } };
  const notBefore = new Date(now.getTime() - backdatedMs);
  const issued = issueCertificate({ ...wanted, notBefore, notAfter: new Date(now.getTime() + days * dayMs) }, authority.signer);
  return {
    content: { 'tls.crt': issued.certificate, 'tls.key': issued.key, 'ca.crt': authority.trust },
    renewed: renewed ?? 'made',
  };
}

function reasonToRenew(
  secretName: string,
  certificate: string,
  key: string,
  wanted: WantedLeaf,
  authority: Authority,
  now: Date,
): string | undefined {
  const read = readCertificate(secretName, certificate);
  const left = leftOf(secretName, certificate, now);
  if (left < 1 / 3) return left < 0 ? 'renewed: it had expired' : 'renewed: less than a third of its life is left';
  if (!authoritiesOf(authority.trust).some((issuer) => read.verify(issuer.publicKey)))
    return 'renewed: its authority is not trusted any more';
  if (commonNameOf(read) !== wanted.commonName) return `renewed: it was for ${commonNameOf(read)}`;
  const missing = missingNames(read, wanted.names);
  if (missing.length > 0) return `renewed: it lacked ${missing.join(', ')}`;
  return isKeyOf(read, key) ? undefined : 'renewed: its key did not belong to it';
}

/** The wanted names (not addresses) that a certificate does not carry. */
export function missingNames(certificate: X509Certificate, wanted: readonly string[]): readonly string[] {
  // By text: checkHost would let a wildcard stand for names that the peers check one by one.
  const carried = new Set((certificate.subjectAltName ?? '').split(', ').map((name) => name.replace(/^DNS:/, '')));
  return wanted.filter((name) => !/^[\d.]+$|:/.test(name) && !carried.has(name));
}

/** True when the private key (PEM) belongs to the certificate. */
export function isKeyOf(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function authoritiesOf(trust: string): X509Certificate[] {
  return (trust.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).map((pem) => new X509Certificate(pem));
}
