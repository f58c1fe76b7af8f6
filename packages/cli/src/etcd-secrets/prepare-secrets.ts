import { randomBytes } from 'node:crypto';
import type { Cluster } from '@seamark/common/cluster';
import { SeamarkError } from '@seamark/common/errors';
import { type Authority, nextAuthority, readCertificate } from './authority-life.ts';
import { isKeyOf, nextLeaf, type WantedLeaf } from './leaf-life.ts';
import { contentOf, isOurs, rotationAnnotation, type Secret, type SecretContent, secretKind, writeSecret } from './secret.ts';

/** Options of {@link prepareSecrets}. */
export interface PrepareOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** What the names of all Secrets start with: `NAME-ca`, `NAME-member`, `NAME-root`, `NAME-CLIENT`. */
  readonly name: string;
  /** DNS names and addresses that members are reached at. */
  readonly serverNames: readonly string[];
  /** Users of etcd, each with a Secret of its own. */
  readonly clients: readonly string[];
  /** Make certificates; false when others do, or without TLS. */
  readonly certificates: boolean;
  /** Make passwords. */
  readonly passwords: boolean;
  /** Passwords of a lower rotation are made anew. */
  readonly rotation: number;
  readonly certificateDays: number;
  readonly authorityDays: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly now: Date;
  /** Told one line for each Secret. */
  readonly report: (line: string) => void;
}

/**
 * Makes the Secrets that etcd and its clients need, or renews what is due; a second run changes nothing. A Secret that somebody else
 * made is left alone; SM_CERTIFICATE_INVALID when it lacks what is needed.
 */
export async function prepareSecrets(options: PrepareOptions): Promise<void> {
  const { certificates, clients, name, passwords } = options;
  const authority = certificates ? await prepareAuthority(options) : undefined;
  const server: WantedLeaf = { commonName: name, names: options.serverNames, usage: ['server', 'client'] };
  if (authority !== undefined) await prepareOne(options, authority, `${name}-member`, server, undefined);
  for (const user of ['root', ...clients]) {
    const leaf: WantedLeaf = { commonName: user, names: [], usage: ['client'] };
    if (authority !== undefined || passwords) await prepareOne(options, authority, `${name}-${user}`, leaf, passwords ? user : undefined);
  }
}

async function prepareAuthority(options: PrepareOptions): Promise<Authority> {
  const { cluster, namespace, now, report, labels } = options;
  const name = `${options.name}-ca`;
  const present = await cluster.get(secretKind, { namespace, name });
  const content = contentOf(present);
  if (present !== undefined && !isOurs(present)) {
    const { 'tls.crt': certificate, 'tls.key': key } = content;
    requireContent(name, content, ['tls.crt', 'tls.key']);
    report(`secret ${name}: given, left alone; it signs what is made here`);
    const signer = { certificate: certificate ?? '', key: key ?? '' };
    return { signer, trust: content['ca.crt'] ?? signer.certificate, content };
  }
  const authority = nextAuthority(name, content, now, options.authorityDays);
  if (authority.change !== undefined)
    await writeSecret(cluster, { namespace, name, labels, rotation: 0, content: authority.content }, present);
  report(`secret ${name}: ${authority.change ?? 'unchanged'}`);
  return authority;
}

/** One Secret: the certificate part with an authority, the password part with a user. */
async function prepareOne(
  options: PrepareOptions,
  authority: Authority | undefined,
  name: string,
  leaf: WantedLeaf,
  user: string | undefined,
): Promise<void> {
  const { cluster, namespace, now, report, labels, rotation } = options;
  const present = await cluster.get(secretKind, { namespace, name });
  const content = contentOf(present);
  if (present !== undefined && !isOurs(present)) {
    requireContent(name, content, [
      ...(authority === undefined ? [] : ['tls.crt', 'tls.key', 'ca.crt']),
      ...(user === undefined ? [] : ['username', 'password']),
    ]);
    report(`secret ${name}: given, left alone`);
    return;
  }
  const done: string[] = [];
  const next: Record<string, string> = {};
  if (authority !== undefined) {
    const { content: certificate, renewed } = nextLeaf(name, content, leaf, authority, now, options.certificateDays);
    Object.assign(next, certificate);
    if (renewed !== undefined) done.push(`certificate ${renewed}`);
    else if (certificate['ca.crt'] !== content['ca.crt']) done.push('trusts the authorities of now');
  }
  if (user !== undefined) {
    const { content: password, change } = nextPassword(user, content, present, rotation);
    Object.assign(next, password);
    if (change !== undefined) done.push(change);
  }
  if (done.length > 0) await writeSecret(cluster, { namespace, name, labels, rotation, content: next }, present);
  report(`secret ${name}: ${done.join(', ') || 'unchanged'}`);
}

function nextPassword(
  user: string,
  content: SecretContent,
  present: Secret | undefined,
  rotation: number,
): { readonly content: SecretContent; readonly change?: string } {
  const password = content['password'];
  const previous = content['previous-password'];
  const isCurrent = Number(present?.metadata.annotations?.[rotationAnnotation] ?? '0') >= rotation;
  const keep = previous === undefined ? {} : { 'previous-password': previous };
  if (password !== undefined && isCurrent) return { content: { username: user, password, ...keep } };
  // 256 bits in letters and digits, which need no quoting anywhere.
  const made = randomBytes(32).toString('hex');
  return {
    content: { username: user, password: made, ...(password === undefined ? {} : { 'previous-password': password }) },
    change: password === undefined ? 'password made' : `password of rotation ${rotation} made`,
  };
}

function requireContent(secretName: string, content: SecretContent, keys: readonly string[]): void {
  const missing = keys.filter((key) => (content[key] ?? '') === '');
  if (missing.length > 0)
    throw new SeamarkError('SM_CERTIFICATE_INVALID', `Secret ${secretName} was made by somebody else and lacks ${missing.join(', ')}`);
  const { 'tls.crt': certificate, 'tls.key': key } = content;
  if (!keys.includes('tls.crt') || certificate === undefined || key === undefined) return;
  if (!isKeyOf(readCertificate(secretName, certificate), key))
    throw new SeamarkError('SM_CERTIFICATE_INVALID', `Secret ${secretName}: tls.key is not the key of tls.crt`);
}
