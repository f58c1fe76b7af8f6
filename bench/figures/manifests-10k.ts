import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';
import { type Figure, rounded } from '../figure.ts';
import { type DnsClient, openDnsClient } from '../lab/dns-client.ts';
import { pause } from '../lab/pause.ts';
import { startSeamark } from '../lab/seamark.ts';
import { hostName, inPool, poolManifest, serviceName } from '../lab/services.ts';
import { residentMegabytes } from '../measure/process-usage.ts';

const services = 10_000;
const servicesPerFile = 100;

/** Ten thousand Services in a folder of manifests: from the start of the process until every name is answered. */
export const manifests10k: Figure = {
  name: 'manifests-10k',
  async measure({ progress }) {
    using folder = temporaryFolder('bench-manifests');
    writeManifests(folder.path);
    progress(`seamark up over ${services} Services in ${services / servicesPerFile} files`);
    await using seamark = await startSeamark([`--manifests=${folder.path}`]);
    using dns = await openDnsClient(seamark.dnsPort);
    await dns.waitFor(hostName(0), { everyMs: 5, timeoutMs: 120_000, check: () => seamark.process.mustRun() });
    const firstSeconds = (performance.now() - seamark.process.startedAtMs) / 1_000;
    await allAnswered(dns, () => seamark.process.mustRun());
    const seconds = (performance.now() - seamark.process.startedAtMs) / 1_000;
    return {
      ours: seconds,
      peer: null,
      unit: 's from the start of the process to 10,000 names answered',
      target: '≤ 5 s',
      met: seconds <= 5,
      details: {
        services,
        firstAnswerSeconds: rounded(firstSeconds),
        peakMegabytes: Math.round(residentMegabytes(seamark.process.pid).peak),
      },
    };
  },
};

/** YAML as people write it: 100 files of 100 documents, and the pool. */
function writeManifests(folder: string): void {
  const pool = poolManifest;
  writeFileSync(
    join(folder, 'pool.yaml'),
    `apiVersion: ${pool.apiVersion}
kind: ${pool.kind}
metadata:
  name: ${pool.metadata.name}
  namespace: ${pool.metadata.namespace}
spec:
  addresses:
    - ${pool.spec.addresses[0]}
`,
  );
  for (let first = 0; first < services; first += servicesPerFile) {
    const documents = Array.from({ length: servicesPerFile }, (_, offset) => serviceYaml(first + offset));
    writeFileSync(join(folder, `services-${first}.yaml`), documents.join('---\n'));
  }
}

function serviceYaml(index: number): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${serviceName(index)}
  namespace: default
  annotations:
    external-dns.alpha.kubernetes.io/hostname: ${hostName(index)}
spec:
  type: LoadBalancer
  selector:
    app: ${serviceName(index)}
  ports:
    - name: http
      port: 80
      targetPort: 8080
      protocol: TCP
`;
}

/**
 * Asks for every name until each was answered with an address of its own. Many questions are in flight while answers come, one at
 * a time while they do not, so that asking takes little from the process that is measured.
 */
async function allAnswered(dns: DnsClient, check: () => void): Promise<void> {
  const pending = Array.from({ length: services }, (_, index) => index);
  const addresses = new Set<string>();
  const deadline = performance.now() + 120_000;
  let window = 1;
  while (pending.length > 0) {
    check();
    if (performance.now() > deadline)
      throw new Error(`${pending.length} of ${services} names are not answered after 120 s, ${hostName(pending[0] ?? 0)} for one`);
    const asked = pending.splice(0, window);
    const answers = await Promise.all(asked.map((index) => dns.resolve(hostName(index), 1_000)));
    const missing = asked.filter((_, position) => answers[position]?.length !== 1);
    for (const [address] of answers) if (address !== undefined) addresses.add(address);
    pending.unshift(...missing);
    window = missing.length > 0 ? 1 : Math.min(64, window * 2);
    if (missing.length > 0) await pause(5);
  }
  if (addresses.size !== services || ![...addresses].every(inPool))
    throw new Error(`${services} names were answered with ${addresses.size} addresses`);
}
