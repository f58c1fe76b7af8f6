import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';
import type { TestCluster } from '../../cluster/test-cluster.ts';
import { apply } from './release.ts';

/** Options of {@link startOutsideEtcd}. */
export interface OutsideEtcdOptions {
  readonly image: string;
  /** Name of its Service and Pod; `NAME-tls` is the Secret of its clients. */
  readonly name: string;
  readonly namespace: string;
  /** Further namespaces that get the Secret of the clients. */
  readonly clientsIn: readonly string[];
}

/**
 * Runs an etcd that is not the chart's: one member with TLS that asks its clients for certificates. The Secret has the keys that the
 * operator of guide E writes: etcd-client-ca.crt, etcd-client.crt, etcd-client.key. The namespaces must exist.
 */
export async function startOutsideEtcd(cluster: TestCluster, options: OutsideEtcdOptions): Promise<void> {
  const { name, namespace, image } = options;
  const files = certificates(`${name}.${namespace}.svc`);
  for (const place of [namespace, ...options.clientsIn]) {
    await apply(cluster, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `${name}-tls`, namespace: place },
      stringData: { 'etcd-client-ca.crt': files.ca, 'etcd-client.crt': files.certificate, 'etcd-client.key': files.key },
    });
  }
  const tls = ['--trusted-ca-file=/tls/etcd-client-ca.crt', '--cert-file=/tls/etcd-client.crt', '--key-file=/tls/etcd-client.key'];
  await apply(
    cluster,
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: { app: name }, ports: [{ name: 'client', port: 2379 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: { app: name } },
      spec: {
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'tls', secret: { secretName: `${name}-tls` } }],
        containers: [
          {
            name: 'etcd',
            image,
            imagePullPolicy: 'IfNotPresent',
            command: [
              '/usr/local/bin/etcd',
              '--data-dir=/tmp/data',
              '--client-cert-auth',
              ...tls,
              '--listen-client-urls=https://0.0.0.0:2379',
              `--advertise-client-urls=https://${name}.${namespace}.svc:2379`,
              '--listen-metrics-urls=http://0.0.0.0:2381',
            ],
            readinessProbe: { httpGet: { path: '/readyz', port: 2381 }, periodSeconds: 1 },
            volumeMounts: [{ name: 'tls', mountPath: '/tls', readOnly: true }],
          },
        ],
      },
    },
  );
  await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s'], { timeoutMs: 70_000 });
}

/** What etcdctl prints at that etcd. */
export function outsideEtcdctl(cluster: TestCluster, name: string, namespace: string, args: readonly string[]): Promise<string> {
  return cluster.kubectl([
    '-n',
    namespace,
    'exec',
    name,
    '--',
    '/usr/local/bin/etcdctl',
    `--endpoints=https://${name}.${namespace}.svc:2379`,
    '--cacert=/tls/etcd-client-ca.crt',
    '--cert=/tls/etcd-client.crt',
    '--key=/tls/etcd-client.key',
    ...args,
  ]);
}

/** An authority and one certificate of it, for the server and its clients alike. */
function certificates(serverName: string): { readonly ca: string; readonly certificate: string; readonly key: string } {
  using folder = temporaryFolder('certificates');
  const at = (name: string): string => join(folder.path, name);
  const make = (name: string, ...args: readonly string[]): void => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)];
    execFileSync('openssl', ['req', '-x509', '-days', '2', '-subj', `/CN=${name}`, ...key, ...args], { stdio: 'pipe' });
  };
  make('ca', '-addext', 'keyUsage=critical,keyCertSign');
  const names = ['subjectAltName=DNS:localhost,IP:127.0.0.1', serverName].join(',DNS:');
  make('etcd', '-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-addext', names, '-addext', 'basicConstraints=critical,CA:FALSE');
  const text = (name: string): string => readFileSync(at(name), 'utf8');
  return { ca: text('ca.crt'), certificate: text('etcd.crt'), key: text('etcd.key') };
}
