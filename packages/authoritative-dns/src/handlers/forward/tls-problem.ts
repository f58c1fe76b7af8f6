import type { PeerCertificate } from 'node:tls';

/** Why an upstream is not trusted or speaks no TLS. */
export interface TlsProblem {
  /** In the words of CoreDNS. */
  readonly text: string;
  /** The option that mends it, in words. */
  readonly remedy: string;
}

const unknownAuthority = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What an error says of TLS; `undefined` when it is about something else. `ownCa`: `tls` names a CA. */
export function tlsProblem(error: Error, ownCa: boolean): TlsProblem | undefined {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (unknownAuthority.has(code)) {
    const trusted = ownCa ? 'the CA that "tls" names' : 'a public CA';
    return verification(
      'x509: certificate signed by unknown authority',
      `its certificate is not signed by ${trusted}: name the file of its CA as the last word of "tls"`,
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const { host = '', cert } = error as { host?: string; cert?: PeerCertificate };
    const names = namesOf(cert);
    return verification(
      `x509: certificate is valid for ${names}, not ${host}`,
      `its certificate is not for ${host}: say with "tls_servername" which of ${names} it is to be`,
    );
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return verification(
      'x509: certificate has expired or is not yet valid',
      'its certificate must be renewed, or the clock of this machine is wrong',
    );
  }
  const reason = opensslReason(error);
  if (reason === 'wrong version number' || reason === 'packet length too long') {
    return { text: 'tls: first record does not look like a TLS handshake', remedy: 'what listens there speaks no TLS: correct its port' };
  }
  // A certificate that cannot be verified for other reasons; Node's own words may tell of options that a Corefile has not.
  if (/^(CERT_|CRL_|UNABLE_TO_|INVALID_|HOSTNAME_MISMATCH|ERROR_IN_)/.test(code)) {
    return verification(`x509: ${code.toLowerCase().replaceAll('_', ' ')}`, 'its certificate is not valid');
  }
  if (reason === undefined) return undefined;
  return { text: `tls: ${reason}`, remedy: 'it refuses our TLS: see the options "tls" and "tls_servername"' };
}

/** `wrong version number` of `ERR_SSL_WRONG_VERSION_NUMBER`, or of an EPROTO that has it only in its message. */
function opensslReason({ code = '', message }: NodeJS.ErrnoException): string | undefined {
  const word = /^ERR_SSL_(.*)$/.exec(code)?.[1];
  return word === undefined ? /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] : word.toLowerCase().replaceAll('_', ' ');
}

function verification(why: string, remedy: string): TlsProblem {
  return { text: `tls: failed to verify certificate: ${why}`, remedy };
}

function namesOf(certificate: PeerCertificate | undefined): string {
  const names = (certificate?.subjectaltname ?? '').split(', ').map((name) => name.replace(/^[^:]*:/, ''));
  return names.join(', ') || 'no name';
}
