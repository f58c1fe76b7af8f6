import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressPlan, hostAddresses, hostNumbers, maximumNodes, nodeAddresses, nodeName } from './address-plan.ts';
import { mustRun } from './run-program.ts';

/** Files by which the parts of a lab's Kubernetes know each other. */
export interface Credentials {
  readonly caFile: string;
  readonly caKeyFile: string;
  /** One certificate for the API server and all kubelets. */
  readonly serverFile: string;
  readonly serverKeyFile: string;
  /** With which the API server asks kubelets. */
  readonly clientFile: string;
  readonly clientKeyFile: string;
  readonly serviceAccountKeyFile: string;
  readonly serviceAccountPublicFile: string;
  readonly tokenFile: string;
  /** Writes a kubeconfig of a user for a server's URL, and returns its text. */
  kubeconfig(user: LabUser | `system:node:${string}`, server: string): string;
}

/** Users that every lab has, besides its nodes. */
export type LabUser = 'seamark-lab-admin' | 'system:kube-controller-manager' | 'system:kube-scheduler' | 'system:kube-proxy';

/** Makes the keys, certificates and tokens of a lab. */
export async function makeCredentials(folder: string, nodeCount: number): Promise<Credentials> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(folder, name);

  const serviceAccount = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(at('service-account.key'), serviceAccount.privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(at('service-account.pub'), serviceAccount.publicKey.export({ type: 'spki', format: 'pem' }));

  const names = new Map<string, readonly string[]>([
    ['seamark-lab-admin', ['system:masters']],
    ['system:kube-controller-manager', []],
    ['system:kube-scheduler', []],
    ['system:kube-proxy', []],
    ...nodeNames(nodeCount).map((node): [string, string[]] => [`system:node:${node}`, ['system:nodes']]),
  ]);
  const tokens = new Map([...names.keys()].map((name) => [name, randomBytes(20).toString('hex')]));
  const lines = [...names].map(([name, groups]) => `${tokens.get(name)},${name},${name},"${groups.join(',')}"\n`);
  writeFileSync(at('tokens.csv'), lines.join(''), { mode: 0o600 });

  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const openssl = (args: readonly string[]): Promise<string> => mustRun(['openssl', 'req', '-x509', '-days', '3650', ...key, ...args]);
  const usage = ['-addext', 'keyUsage=critical,digitalSignature,keyEncipherment', '-addext', 'basicConstraints=critical,CA:FALSE'];
  await openssl([
    '-subj',
    '/CN=seamark-lab',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
    '-addext',
    'keyUsage=critical,digitalSignature,keyCertSign,cRLSign',
  ]);
  const signed = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), ...usage];
  await Promise.all([
    openssl([
      ...signed,
      '-subj',
      '/CN=kubernetes',
      '-keyout',
      at('server.key'),
      '-out',
      at('server.crt'),
      '-addext',
      'extendedKeyUsage=serverAuth',
      '-addext',
      `subjectAltName=${serverNames().join(',')}`,
    ]),
    openssl([
      ...signed,
      '-subj',
      '/O=system:masters/CN=kube-apiserver',
      '-keyout',
      at('client.key'),
      '-out',
      at('client.crt'),
      '-addext',
      'extendedKeyUsage=clientAuth',
    ]),
  ]);
  const ca = readFileSync(at('ca.crt')).toString('base64');
  return {
    caFile: at('ca.crt'),
    caKeyFile: at('ca.key'),
    serverFile: at('server.crt'),
    serverKeyFile: at('server.key'),
    clientFile: at('client.crt'),
    clientKeyFile: at('client.key'),
    serviceAccountKeyFile: at('service-account.key'),
    serviceAccountPublicFile: at('service-account.pub'),
    tokenFile: at('tokens.csv'),
    kubeconfig: (user, server) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'lab', cluster: { server, 'certificate-authority-data': ca } }],
        users: [{ name: user, user: { token: tokens.get(user) } }],
        contexts: [{ name: 'lab', context: { cluster: 'lab', user } }],
        'current-context': 'lab',
      }),
  };
}

function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => nodeName(index + 1));
}

function serverNames(): string[] {
  const controlPlane = hostAddresses(hostNumbers['control-plane']);
  const service = 'kubernetes.default.svc';
  const nodes = nodeNames(maximumNodes).flatMap((node, index) => {
    const addresses = nodeAddresses(index + 1);
    return [`DNS:${node}`, `IP:${addresses.ipv4}`, `IP:${addresses.ipv6}`];
  });
  return [
    ...['localhost', 'kubernetes', 'kubernetes.default', service, `${service}.cluster.local`].map((name) => `DNS:${name}`),
    ...['127.0.0.1', '::1', controlPlane.ipv4, controlPlane.ipv6].map((address) => `IP:${address}`),
    ...[addressPlan.ipv4.apiService, addressPlan.ipv6.apiService].map((address) => `IP:${address}`),
    ...nodes,
  ];
}
