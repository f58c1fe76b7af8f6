import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { bitString, booleanTrue, integer, objectIdentifier, octetString, sequence, set, tagged, time, utf8String } from './der.ts';

/** A certificate and its private key, both PEM. */
export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is to say. */
export interface CertificateRequest {
  readonly commonName: string;
  /** DNS names and IP addresses that a server is reached at; none for a client. */
  readonly names: readonly string[];
  readonly usage: readonly ('server' | 'client')[];
  readonly notBefore: Date;
  /** Never later than the authority's. */
  readonly notAfter: Date;
}

const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const usageIds = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/** Makes a certificate authority that signs members and clients and no further authority. ECDSA on P-256, as everything here. */
export function makeAuthority(commonName: string, notBefore: Date, notAfter: Date): CertificatePair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [
    extension('2.5.29.19', true, sequence(booleanTrue, integer(Buffer.from([0])))),
    // keyCertSign and cRLSign.
    extension('2.5.29.15', true, bitString(Buffer.from([0b0000_0110]), 1)),
    extension('2.5.29.14', false, octetString(keyIdentifier(publicKey))),
  ];
  const body = { subject: commonName, issuer: commonName, publicKey, notBefore, notAfter, extensions };
  return { certificate: signed(body, privateKey), key: pemOf(privateKey) };
}

/** Issues a certificate with a new key (profile of RFC 5280). Throws when the authority's certificate and key cannot be read. */
export function issueCertificate(request: CertificateRequest, authority: CertificatePair): CertificatePair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = new X509Certificate(authority.certificate);
  const extensions = [
    // digitalSignature.
    extension('2.5.29.15', true, bitString(Buffer.from([0b1000_0000]), 7)),
    extension('2.5.29.37', false, sequence(...request.usage.map((usage) => objectIdentifier(usageIds[usage])))),
    extension('2.5.29.14', false, octetString(keyIdentifier(publicKey))),
    extension('2.5.29.35', false, sequence(tagged(0, keyIdentifier(issuer.publicKey), false))),
    ...(request.names.length === 0 ? [] : [extension('2.5.29.17', false, sequence(...request.names.map(alternativeName)))]),
  ];
  const notAfter = new Date(Math.min(request.notAfter.getTime(), issuer.validToDate.getTime()));
  const body = {
    subject: request.commonName,
    issuer: commonNameOf(issuer),
    publicKey,
    notBefore: request.notBefore,
    notAfter,
    extensions,
  };
  return { certificate: signed(body, createPrivateKey(authority.key)), key: pemOf(privateKey) };
}

/** The common name of a certificate's subject; empty without one. */
export function commonNameOf(certificate: X509Certificate): string {
  return /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '';
}

interface CertificateBody {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Buffer[];
}

function signed(body: CertificateBody, key: KeyObject): string {
  // The first bit stays 0, so that the 16 bytes of the serial number are positive and never shorter.
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x3f) | 0x40;
  const toBeSigned = sequence(
    tagged(0, integer(Buffer.from([2])), true),
    integer(serial),
    ecdsaWithSha256,
    distinguishedName(body.issuer),
    sequence(time(body.notBefore), time(body.notAfter)),
    distinguishedName(body.subject),
    body.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...body.extensions), true),
  );
  const der = sequence(toBeSigned, ecdsaWithSha256, bitString(sign('sha256', toBeSigned, key)));
  return new X509Certificate(der).toString();
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));
}

function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  return sequence(objectIdentifier(id), ...(critical ? [booleanTrue] : []), octetString(value));
}

/** SHA-1 of the public key's bits: method (1) of RFC 5280, section 4.2.1.2. It identifies and protects nothing. */
function keyIdentifier(key: KeyObject): Buffer {
  const spki = key.export({ type: 'spki', format: 'der' });
  // A P-256 point: 0x04 and two coordinates of 32 bytes, which end the structure.
  return createHash('sha1').update(spki.subarray(-65)).digest();
}

function alternativeName(name: string): Buffer {
  return isIP(name) === 0 ? tagged(2, Buffer.from(name), false) : tagged(7, addressBytes(name), false);
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'));
  const front = groups(head);
  const back = groups(tail);
  const all = [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return Buffer.from(all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]));
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string;
}
