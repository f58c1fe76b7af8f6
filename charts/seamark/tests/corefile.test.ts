import { temporaryFolder, unmet } from '@seamark/testkit';
import { load } from 'js-yaml';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { helmRequirement, render, type Rendered, valuesFile } from './helm.ts';

interface Container {
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number; readonly protocol: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Deployment {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly [Container]; readonly securityContext: { readonly sysctls?: unknown } };
    };
  };
}
interface Service {
  readonly spec: { readonly ports: readonly { readonly port: number; readonly targetPort: string; readonly protocol: string }[] };
}

/** What authoritative-dns is made of when values are given as `--set` takes them in JSON. */
function rendered(values: unknown, ...args: readonly string[]) {
  using folder = temporaryFolder('corefile-values');
  const file = join(folder.path, 'values.json');
  writeFileSync(file, JSON.stringify({ 'authoritative-dns': values }));
  return partsOf(render(...args, '-f', file));
}

function partsOf(objects: readonly Rendered[]) {
  const one = (kind: string, name: string): unknown => objects.find((object) => object.kind === kind && object.metadata.name === name);
  const { data } = one('ConfigMap', 'seamark-authoritative-dns') as { data: Readonly<Record<string, string>> };
  const { template } = (one('Deployment', 'seamark-authoritative-dns') as Deployment).spec;
  return {
    files: data,
    lameDuckSeconds: (load(data['seamark.yaml'] ?? '') as { authoritativeDns: { lameDuckSeconds: number } }).authoritativeDns
      .lameDuckSeconds,
    checksum: template.metadata.annotations['checksum/config'],
    container: template.spec.containers[0],
    sysctls: template.spec.securityContext.sysctls,
    servicePorts: (one('Service', 'seamark-dns') as Service).spec.ports.map(({ port, targetPort, protocol }) => [
      port,
      targetPort,
      protocol,
    ]),
    policy: JSON.stringify(one('NetworkPolicy', 'seamark-authoritative-dns')),
  };
}

/** A certificate that signed itself, its key, and it again as the CA. */
function makeCertificates(folder: string, names: { readonly certificate: string; readonly key: string; readonly ca: string }): void {
  mkdirSync(folder, { recursive: true });
  const [certificate, key] = [join(folder, names.certificate), join(folder, names.key)];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=dns'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  copyFileSync(certificate, join(folder, names.ca));
}

const main = resolve(import.meta.dirname, '../../../packages/cli/src/main.ts');
const whoami = [{ name: 'whoami' }];

describe.skipIf(unmet('a Corefile in the chart', helmRequirement()))('a Corefile in the chart', () => {
  it.each([
    ['a', ''],
    ['e', 'warning: /etc/coredns/Corefile:15: stubzones of etcd has no meaning any more and is ignored, as CoreDNS does\n'],
  ])('of guide %s is one that the program takes', (name, warnings) => {
    const { files } = partsOf(render(...valuesFile(`guides/${name}-corefile`)));
    using folder = temporaryFolder('corefile');
    // Paths of the pod lie in the folder here, and so do the certificates that come from Secrets there.
    makeCertificates(join(folder.path, 'etc/seamark-etcd'), { certificate: 'tls.crt', key: 'tls.key', ca: 'ca.crt' });
    const ofTheirs = { certificate: 'etcd-client.crt', key: 'etcd-client.key', ca: 'etcd-client-ca.crt' };
    makeCertificates(join(folder.path, 'etc/coredns/tls/etcd'), ofTheirs);
    for (const [file, text] of Object.entries(files)) {
      writeFileSync(
        join(folder.path, 'etc/coredns', file),
        text.replaceAll(/(?<=\s)\/etc\/(coredns|seamark-etcd)\//g, `${folder.path}/etc/$1/`),
      );
    }
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=@seamark/source', main, 'authoritative-dns', `-conf=${folder.path}/etc/coredns/Corefile`, '-validate'],
      { encoding: 'utf8', env: { ETCD_ENDPOINT: 'https://seamark-etcd:2379', ETCD_USERNAME: 'dns', ETCD_PASSWORD: 'secret' } },
    );
    expect(stderr.replaceAll(folder.path, '')).toBe(warnings);
    expect(stdout).toContain(' is valid');
  });

  it('is run beside endpoints of its own for probes and metrics', () => {
    const { container } = rendered({ corefile: '. {\n    whoami\n}' });
    expect(container.args).toEqual([
      'authoritative-dns',
      '--config=/etc/seamark/seamark.yaml',
      '--conf=/etc/seamark/Corefile',
      '--dns.port=1053',
      '--metrics-address=:7979',
    ]);
  });

  it('says which ports there are: those of its blocks, else dnsPort; those below 1024 without a capability', () => {
    const plain = rendered({ corefile: '# :99\nexample.org, example.net {\n  whoami\n}\n(snippet) {\n  errors\n}\n' });
    expect(plain.container.ports.map(({ containerPort, protocol }) => [containerPort, protocol])).toEqual([
      [1053, 'UDP'],
      [1053, 'TCP'],
      [7979, 'TCP'],
    ]);
    expect(plain.sysctls).toBeUndefined();
    expect(plain.servicePorts).toEqual([
      [53, 'dns-udp', 'UDP'],
      [53, 'dns-tcp', 'TCP'],
    ]);

    const several = rendered({
      servers: [
        { zones: [{ zone: 'example.org.' }, { zone: 'example.net' }], port: 53, plugins: whoami },
        { zones: [{ zone: '.', scheme: 'tls://' }], plugins: whoami },
        { port: 5300, servicePort: 5353, plugins: whoami },
      ],
    });
    expect(several.servicePorts).toEqual([
      [53, 'dns-udp', 'UDP'],
      [53, 'dns-tcp', 'TCP'],
      [853, 'tcp-853', 'TCP'],
      [5353, 'udp-5300', 'UDP'],
      [5353, 'tcp-5300', 'TCP'],
    ]);
    expect(several.sysctls).toEqual([{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }]);
    expect(several.files['Corefile']).toContain('example.org.:53 example.net:53 {\n    whoami\n}\ntls://. {\n');
    expect(several.policy).toContain('"port":"tcp-853"');
  });

  it('gets the release’s etcd by variables and mounted files, where it names them', () => {
    const { container, files } = partsOf(render(...valuesFile('guides/a-corefile')));
    expect(container.env?.map(({ name }) => name)).toEqual(['ETCD_USERNAME', 'ETCD_PASSWORD', 'ETCD_ENDPOINT']);
    expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(['/etc/seamark', '/etc/seamark-etcd', '/etc/coredns']);
    expect(files['Corefile']).toContain('credentials {$ETCD_USERNAME} {$ETCD_PASSWORD}\n');

    const other = partsOf(render(...valuesFile('guides/e-corefile')));
    expect(other.container.env).toBeUndefined();
    expect(other.container.volumeMounts.map(({ mountPath }) => mountPath)).toEqual([
      '/etc/seamark',
      '/etc/coredns',
      '/etc/coredns/tls/etcd',
    ]);
    expect(Object.keys(other.files).toSorted()).toEqual(['Corefile', 'lab.example.org.db', 'seamark.yaml']);
  });

  it('that changes makes new pods, unless it reloads itself', () => {
    const checksum = (...lines: readonly string[]) => rendered({ corefile: `. {\n${lines.join('\n')}\n}` }).checksum;
    expect(checksum('whoami')).not.toBe(checksum('whoami', 'any'));
    expect(checksum('whoami', 'reload')).toBe(checksum('whoami', 'any', 'reload 10s'));
    expect(checksum('file db.zone example.org {\nreload 10s\n}')).not.toBe(checksum('file db.zone example.net {\nreload 10s\n}'));
  });

  it('with a lame duck shares lameDuckSeconds with it', () => {
    expect(rendered({ corefile: '. {\n}' }).lameDuckSeconds).toBe(10);
    expect(rendered({ corefile: '. {\nhealth {\nlameduck 4s\n}\n}' }).lameDuckSeconds).toBe(6);
    expect(rendered({ corefile: '. {\nhealth {\nlameduck 20s\n}\n}' }).lameDuckSeconds).toBe(0);
  });

  it('needs no etcd', () => {
    const objects = rendered(
      { corefile: '. {\n    whoami\n}' },
      '--set',
      'etcd.enabled=false,dns-sync.enabled=false,lb-controller.enabled=false',
    );
    expect(objects.container.volumeMounts.map(({ name }) => name)).not.toContain('etcd-tls');
  });
});
