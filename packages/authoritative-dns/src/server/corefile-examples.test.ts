import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '@seamark/testkit';
import { afterAll, describe, expect, it } from 'vitest';

import { directiveOrder } from '../handlers/directive-order.ts';
import { missingDirectives } from '../handlers/missing-directives.ts';
import { directiveRegistry } from '../handlers/registry.ts';
import { testCertificates } from '../testing/certificates.ts';
import { startCorefileServer } from '../testing/corefile-server.ts';
import { loadCorefile } from './load-corefile.ts';

const handlers = join(import.meta.dirname, '../handlers');
const folder = temporaryFolder('examples');
const certificates = testCertificates();
const { certFile, keyFile } = certificates.issue('client');
// Under the names that the manual pages give them.
for (const [file, name] of [
  [certFile, 'cert.pem'],
  [keyFile, 'key.pem'],
  [certificates.authority.certFile, 'ca.pem'],
] as const) {
  copyFileSync(file, join(folder.path, name));
}
afterAll(() => {
  folder[Symbol.dispose]();
  certificates[Symbol.dispose]();
});

/** Examples are fenced with `~~~ corefile`, or the same with back quotes. */
function examplesOf(text: string): string[] {
  return [...text.matchAll(/^(~~~|```) ?corefile\n(.*?)^\1$/gms)].map(([, , example = '']) => example);
}

const pages = directiveRegistry.map(({ name }) => name);

describe('the directives', () => {
  it('have a place in the order each, and so do those of CoreDNS that are missing', () => {
    expect([...directiveRegistry.map(({ name }) => name), ...Object.keys(missingDirectives)].toSorted()).toEqual(directiveOrder.toSorted());
  });

  it.each(pages)('%s has a manual page', (name) => {
    expect(readFileSync(join(handlers, name, 'README.md'), 'utf8')).toMatch(new RegExp(`^# ${name}\n\n## Name\n\n\\*${name}\\* – `));
  });

  it.each(pages)('%s: every example of its manual page is a Corefile', (name) => {
    const examples = examplesOf(readFileSync(join(handlers, name, 'README.md'), 'utf8'));
    expect(examples).not.toEqual([]);
    for (const example of examples) {
      // An example may show the directive alone.
      const text = new RegExp(`^${name}\\s`).test(example) ? `. {\n${example}\n}` : example;
      const result = loadCorefile(text, { file: join(folder.path, 'Corefile') });
      expect(result.ok ? [] : result.problems.map(({ message }) => message)).toEqual([]);
    }
  });
});

describe('Corefiles of those who come from CoreDNS start as they are', () => {
  const ports = `bind 127.0.0.1
    health 127.0.0.1:0 {
        lameduck 0s
    }
    ready 127.0.0.1:0
    prometheus 127.0.0.1:0`;

  it('a block for the zone in etcd, and one for everything else', async () => {
    const corefile = `
example.org:0 {
    bind 127.0.0.1
    etcd example.org {
        path /skydns
        endpoint http://127.0.0.1:1
    }
    errors
    cache 30
    loadbalance
}
.:0 {
    errors
    ${ports}
    forward . resolv.conf
    cache 30
    loop
    reload
    loadbalance
}`;
    await using test = await startCorefileServer(corefile, { 'resolv.conf': 'nameserver 127.0.0.1\n' });
    expect(test.server.addresses().udp).toHaveLength(1);
  });

  it('the file of a chart: one block, etcd behind TLS last in it', async () => {
    const corefile = `
.:0 {
    errors
    ${ports}
    forward . 127.0.0.1:1
    cache 30
    loop
    reload
    loadbalance
    etcd corp.example.org {
        stubzones
        path /skydns
        endpoint https://127.0.0.1:1
        tls ${certFile} ${keyFile} ${certificates.authority.certFile}
    }
}`;
    await using test = await startCorefileServer(corefile);
    expect(test.server.addresses().udp).toHaveLength(1);
    expect(test.server.notReady()).toEqual([expect.stringMatching(/^etcd: etcd has not been read yet/)]);
  });
});
