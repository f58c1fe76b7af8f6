import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from './json-schema.ts';
import { loadConfig } from './load-config.ts';
import { environmentOf, settings } from './settings.ts';

function fromFile(content: string, env: Record<string, string> = {}, flags: Record<string, string | readonly string[]> = {}) {
  using folder = temporaryFolder('config');
  const file = join(folder.path, 'seamark.yaml');
  writeFileSync(file, content);
  return loadConfig({ flags, env, file });
}

describe('configuration', () => {
  it('flags win over variables, variables over the file, the file over defaults', () => {
    const file = 'dnsSync:\n  policy: create-only\n  txtOwnerId: from-file\n  domainFilters: [a.example.org]\n';
    const config = fromFile(
      file,
      { EXTERNAL_DNS_POLICY: 'upsert-only', SEAMARK_TXT_OWNER_ID: 'from-environment' },
      { 'txt-owner-id': 'from-flag' },
    );
    expect(config.dnsSync).toMatchObject({
      policy: 'upsert-only',
      txtOwnerId: 'from-flag',
      domainFilters: ['a.example.org'],
      registry: 'txt',
    });
  });

  it.each([
    ['dnsSync:\n  polcy: sync\n', /seamark\.yaml: dnsSync\.polcy: unknown key, did you mean policy\? \(allowed: sources, /],
    [
      'dnsync: {}\n',
      /seamark\.yaml: dnsync: unknown key, did you mean dnsSync\? \(allowed: process, cluster, store, lbController, dnsSync, authoritativeDns\)/,
    ],
    ['dnsSync:\n  policy: all\n', /seamark\.yaml: dnsSync\.policy: "all" is not possible; allowed: sync, upsert-only, create-only/],
    ['authoritativeDns:\n  listen: [here]\n', /seamark\.yaml: authoritativeDns\.listen\.0: .*allowed: HOST:PORT/],
    [
      'authoritativeDns:\n  negativeTtlSeconds: -1\n',
      /negativeTtlSeconds: "-1" is not possible; allowed: a whole number of seconds from 0 to 86400/,
    ],
    ['dnsSync: {txtPrefix: a, txtSuffix: b}\n', /txtSuffix: .*allowed: txtPrefix or txtSuffix, not both/],
    ['cluster: {manifests: x, kubeconfig: y}\n', /allowed: manifests or kubeconfig, not both/],
    ['- a list\n', /must hold keys and values/],
  ])('refuses %j with file, path and what is allowed', (content, message) => {
    expect(() => fromFile(content)).toThrow(
      expect.objectContaining({ code: 'SM_CONFIG_INVALID', message: expect.stringMatching(message) }),
    );
  });

  it('names the flag or variable that a bad value came from', () => {
    expect(() => loadConfig({ flags: {}, env: { EXTERNAL_DNS_POLICY: 'all' } })).toThrow(/^\$EXTERNAL_DNS_POLICY: dnsSync\.policy: "all"/);
    expect(() => loadConfig({ flags: { etcd: ['ftp://x'] }, env: {} })).toThrow(/^--etcd: store\.endpoints\.0: .*allowed: http/);
  });

  it('reports every mistake at once', () => {
    expect(() => fromFile('dnsSync: {policy: x, registry: y, z: 1}\n')).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/(.*\n){2}/) }),
    );
  });

  it('says which file cannot be read', () => {
    expect(() => loadConfig({ flags: {}, env: {}, file: '/nowhere/seamark.yaml' })).toThrow(
      expect.objectContaining({ code: 'SM_CONFIG_UNREADABLE' }),
    );
    expect(() => fromFile('a: [b\n')).toThrow(expect.objectContaining({ code: 'SM_CONFIG_UNREADABLE' }));
  });

  it('takes lists with commas, line breaks and repetition alike', () => {
    const expected = ['a.org', 'b.org'];
    expect(loadConfig({ flags: { 'domain-filter': ['a.org', 'b.org'] }, env: {} }).dnsSync.domainFilters).toEqual(expected);
    expect(loadConfig({ flags: { 'domain-filter': ['a.org, b.org'] }, env: {} }).dnsSync.domainFilters).toEqual(expected);
    expect(loadConfig({ flags: {}, env: { EXTERNAL_DNS_DOMAIN_FILTER: 'a.org\nb.org' } }).dnsSync.domainFilters).toEqual(expected);
  });

  it('gives every setting one flag, a variable and a sentence', () => {
    expect(new Set(settings.map((setting) => setting.flag)).size).toBe(settings.length);
    for (const setting of settings) {
      expect(setting.description, setting.flag).toMatch(/^[A-Z].*[^.]$/);
      expect(environmentOf(setting)[0]).toMatch(/^SEAMARK_[A-Z0-9_]+$/);
    }
  });

  it('emits a JSON schema that Go’s regexp can compile', () => {
    const text = JSON.stringify(configJsonSchema());
    expect(text).not.toMatch(/\(\?[=!<]/);
    for (const setting of settings) expect(text).toContain(`"${setting.path[1]}"`);
  });
});
