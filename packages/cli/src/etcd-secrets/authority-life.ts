import { X509Certificate } from 'node:crypto';
import { SeamarkError, messageOf } from '@seamark/common/errors';
import { type CertificatePair, makeAuthority } from '../certificates/issue-certificate.ts';
import type { SecretContent } from './secret.ts';

/** The authority that signs now, and everything that is to be trusted while one follows another. */
export interface Authority {
  readonly signer: CertificatePair;
  /** PEM of every authority to trust: one, or two while the next one is being made known or the last one still has certificates. */
  readonly trust: string;
  readonly content: SecretContent;
  /** What was done, for people; absent when nothing was. */
  readonly change?: string;
}

/**
 * The authority's next state. With a third of its life left its successor is made and trusted beside it; with a sixth left the successor
 * signs. In between every etcd has been started again, for it reads whom to trust only at its start. The last one is trusted until it ends.
 * Throws SM_CERTIFICATE_INVALID when `present` cannot be read.
 */
export function nextAuthority(secretName: string, present: SecretContent, now: Date, days: number): Authority {
  const make = (): CertificatePair => {
    const notBefore = new Date(now.getTime() - backdatedMs);
    return makeAuthority(`${secretName} ${now.toISOString().slice(0, 10)}`, notBefore, new Date(now.getTime() + days * dayMs));
  };
  const pair = (certificate: string | undefined, key: string | undefined): CertificatePair | undefined =>
    certificate === undefined || key === undefined ? undefined : { certificate, key };
  let signer = pair(present['tls.crt'], present['tls.key']);
  let next = pair(present['next.crt'], present['next.key']);
  let previous = present['previous.crt'];
  let change: string | undefined;
  if (signer === undefined || leftOf(secretName, signer.certificate, now) <= 0) {
    signer = make();
    next = undefined;
    previous = undefined;
    change = 'made';
  }
  const left = leftOf(secretName, signer.certificate, now);
  if (next === undefined && left < 1 / 3) {
    next = make();
    change = 'its successor has been made and is trusted beside it; restart the members of etcd, so that they trust it too';
  } else if (next !== undefined && left < 1 / 6) {
    previous = signer.certificate;
    signer = next;
    next = undefined;
    change = 'its successor signs from now on';
  }
  if (previous !== undefined && leftOf(secretName, previous, now) <= 0) {
    previous = undefined;
    change ??= 'its predecessor has expired and is no longer trusted';
  }
  const trust = [signer.certificate, next?.certificate, previous].filter((text) => text !== undefined).join('');
  const content = {
    'tls.crt': signer.certificate,
    'tls.key': signer.key,
    'ca.crt': trust,
    ...(next === undefined ? {} : { 'next.crt': next.certificate, 'next.key': next.key }),
    ...(previous === undefined ? {} : { 'previous.crt': previous }),
  };
  return { signer, trust, content, ...(change === undefined ? {} : { change }) };
}

/** For clocks that are behind ours. */
export const backdatedMs = 5 * 60_000;
export const dayMs = 86_400_000;

/** The share of its life that a certificate has left; below 0 when it has expired. Throws SM_CERTIFICATE_INVALID. */
export function leftOf(secretName: string, pem: string, now: Date): number {
  const { validFromDate, validToDate } = readCertificate(secretName, pem);
  return (validToDate.getTime() - now.getTime()) / (validToDate.getTime() - validFromDate.getTime());
}

/** Reads the first certificate of a PEM. Throws SM_CERTIFICATE_INVALID with the Secret's name. */
export function readCertificate(secretName: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new SeamarkError('SM_CERTIFICATE_INVALID', `Secret ${secretName}: its certificate cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}
