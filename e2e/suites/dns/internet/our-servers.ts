import { resolve } from 'node:path';

import type { TestProcess } from '@seamark/testkit';

import { addresses, type ServerAddresses } from './addresses.ts';
import type { Internet } from './internet.ts';
import { fileZone, storedRecords } from './served-zones.ts';

const main = resolve(import.meta.dirname, '../../../../packages/cli/src/main.ts');
const etcdEndpoint = 'http://127.0.0.1:2379';

/** The Corefile of one of our servers: example.org from etcd, the others from files. */
function corefileFor({ ipv4, ipv6 }: ServerAddresses, zoneFiles: Readonly<Record<string, string>>): string {
  const { first, second } = addresses;
  return `example.org {
    bind ${ipv4} ${ipv6}
    errors
    etcd {
        endpoint ${etcdEndpoint}
        ns ns1 ${first.ipv4} ${first.ipv6}
        ns ns2 ${second.ipv4} ${second.ipv6}
    }
}
${Object.keys(zoneFiles).join(' ')} {
    bind ${ipv4} ${ipv6}
    errors
    ${Object.entries(zoneFiles)
      .map(([zone, file]) => `file ${file} ${zone}`)
      .join('\n    ')}
}
`;
}

/** Starts a server of file.org that listens on all addresses of the host, at a port of its own. */
export function startServerOnAllAddresses(internet: Internet, port: number): Promise<TestProcess> {
  const zoneFile = internet.write('file.org.everywhere', fileZone);
  return startServer(internet, internet.write('Corefile.everywhere', `file.org:${port} {\n    file ${zoneFile}\n}\n`));
}

function startServer(internet: Internet, corefile: string): Promise<TestProcess> {
  return internet.start(process.execPath, ['--conditions=@seamark/source', main, 'authoritative-dns', '-conf', corefile], /running/);
}

/** Starts etcd with the content of example.org, and our two servers, each with its addresses, in an internet. */
export async function startOurServers(internet: Internet): Promise<void> {
  const args = [`--data-dir=${internet.folder}/etcd`, `--listen-client-urls=${etcdEndpoint}`, `--advertise-client-urls=${etcdEndpoint}`];
  await internet.start('etcd', [...args, '--log-level=info', '--log-outputs=stderr'], /ready to serve client requests/);
  for (const [key, value] of Object.entries(storedRecords)) {
    const path = `/skydns/org/example${key === '.' ? '' : `/${key}`}`;
    await internet.network.run(['etcdctl', `--endpoints=${etcdEndpoint}`, 'put', path, JSON.stringify(value)], {
      env: { ETCDCTL_API: '3' },
    });
  }
  const zoneFiles = { 'file.org': internet.write('file.org.zone', fileZone), ...internet.signedZones };
  for (const name of ['first', 'second'] as const) {
    await startServer(internet, internet.write(`Corefile.${name}`, corefileFor(addresses[name], zoneFiles)));
  }
}
