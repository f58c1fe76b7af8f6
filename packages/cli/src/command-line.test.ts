import { resolve } from 'node:path';
import { startProcess } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';

/** Runs the binary from source with an environment that has nothing of Seamark's own in it. */
async function seamark(args: readonly string[], env: Record<string, string> = {}): Promise<{ code: number | string; text: string }> {
  const main = resolve(import.meta.dirname, 'main.ts');
  const process_ = startProcess(process.execPath, ['--conditions=@seamark/source', main, ...args], {
    env: { ETCD_URLS: undefined, ...env },
  });
  return { code: await process_.exited, text: process_.output() };
}

describe('the command line', () => {
  it.each([
    [['--help'], /Usage: seamark \[options\] \[command\][\s\S]*up[\s\S]*plan[\s\S]*lb-controller[\s\S]*dns-sync[\s\S]*authoritative-dns/],
    [['up', '--help'], /--manifests <DIR>[\s\S]*--kubeconfig <FILE>[\s\S]*--etcd <URL,…>[\s\S]*--dns-listen/],
    [['plan', '--help'], /--filename <PATH\.\.\.>[\s\S]*--domain-filter/],
    [['dns-sync', '--help'], /--txt-owner-id <ID>[\s\S]*EXTERNAL_DNS_TXT_OWNER_ID/],
    [['etcd', '--help'], /prepare-secrets[\s\S]*join[\s\S]*enable-auth/],
    [['etcd', 'join', '--help'], /--initial-cluster <NAME=URL,…>[\s\S]*--etcd-ca-file/],
    [['verify', '--help'], /--server <HOST:PORT>[\s\S]*POD_NAMESPACE/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['authoritative-dns', '-version'], /^\d+\.\d+\.\d+\n$/],
    [['authoritative-dns', '-plugins'], /^root\n[\s\S]*\netcd\n[\s\S]*\nwhoami\n/],
    [['authoritative-dns', '--help'], /--conf <COREFILE>[\s\S]*--dns\.port <PORT>[\s\S]*--validate[\s\S]*--dump <ZONE>/],
  ])('%j prints and ends well', async (args, pattern) => {
    const { code, text } = await seamark(args);
    expect(text).toMatch(pattern);
    expect(code).toBe(0);
  });

  it.each([
    [['upp'], {}, /unknown command 'upp'[\s\S]*Did you mean up\?/],
    [['up', '--polcy', 'sync'], {}, /unknown option '--polcy'[\s\S]*Did you mean --policy\?/],
    [
      ['up', '--policy', 'everything'],
      {},
      /--policy: dnsSync\.policy: "everything" is not possible; allowed: sync, upsert-only, create-only/,
    ],
    [
      ['dns-sync'],
      { EXTERNAL_DNS_REGISTRY: 'dynamodb' },
      /\$EXTERNAL_DNS_REGISTRY: dnsSync\.registry: .*allowed in this version: txt, noop/,
    ],
    [['dns-sync', '--once'], {}, /--once of ExternalDNS is not part of this version/],
    [['dns-sync', '--dry-run'], {}, /use seamark plan/],
    [['dns-sync'], {}, /dns-sync needs an etcd[\s\S]*--etcd URL or \$ETCD_URLS/],
    [['authoritative-dns', '-conf', '/nowhere/Corefile'], {}, /the Corefile \/nowhere\/Corefile cannot be read[\s\S]*SM_CONFIG_UNREADABLE/],
    [['authoritative-dns', '-conf', 'Corefile', '-dns.port', '70000'], {}, /allowed: 0 to 65535/],
    [['etcd', 'enable-auth', '--etcd', 'http://127.0.0.1:1'], {}, /store\.password: give the password of root as \$ETCD_PASSWORD/],
    [['verify', '--name', 'x.example.org', '--server', 'a:b:c'], {}, /--server: "a:b:c" is not possible/],
    [['install-crds', '--from', '/nowhere'], {}, /folder of CRDs \/nowhere: ENOENT[\s\S]*SM_CONFIG_UNREADABLE/],
    [['install-crds', '--timeout', 'soon'], {}, /allowed: a whole number from 1/],
    [['plan'], {}, /required option '-f, --filename <PATH\.\.\.>' not specified/],
    [['up', '--config', '/nowhere.yaml'], {}, /\/nowhere\.yaml: ENOENT[\s\S]*SM_CONFIG_UNREADABLE/],
    [['up', '--etcd-password', 'hunter2'], {}, /unknown option '--etcd-password'/],
  ])('%j with %j is refused with exit code 2', async (args, env, pattern) => {
    const { code, text } = await seamark(args, env);
    expect(text).toMatch(pattern);
    expect(code).toBe(2);
  });
});
