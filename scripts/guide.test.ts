import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../packages/cli/src/program.ts';
import { settingsOf } from '../packages/common/src/config/index.ts';
import { errorCatalogue } from '../packages/common/src/errors/index.ts';
import { reasonCatalogue } from '../packages/common/src/reasons/index.ts';
import { root } from './lib/root.mjs';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !/(^|\/)(node_modules|dist|testing|contract)\//.test(path))
    .map((path) => `${folder}/${path}`);

describe('docs/reference/metrics.md', () => {
  const name = '((?:seamark|coredns|external_dns|metallb|leader_election)_[a-z0-9_]+)';
  const inCode = new Set(
    readdirSync(join(root, 'packages'))
      .flatMap((folder) => sources(`packages/${folder}/src`))
      .flatMap((path) => [...read(path).matchAll(new RegExp(`'${name}'`, 'g'))].map((match) => match[1] ?? '')),
  );
  const inPage = new Set(
    [...read('docs/reference/metrics.md').matchAll(new RegExp(`\`${name}(?:\\{[a-z_,]*\\})?\``, 'g'))].map((match) => match[1] ?? ''),
  );

  test('names every metric of the code, and no other', () => {
    expect(inCode.size).toBeGreaterThan(0);
    expect([...inPage].toSorted()).toEqual([...inCode].toSorted());
  });
});

describe('docs/guide/from-the-originals.md', () => {
  const page = read('docs/guide/from-the-originals.md');
  const options = createProgram().commands.find((command) => command.name() === 'dns-sync')?.options ?? [];
  const hidden = options.filter((option) => option.hidden && !option.negate).map((option) => option.long?.slice(2) ?? '');
  const settings = settingsOf('dns-sync').filter((setting) => setting.env?.some((name) => name.startsWith('EXTERNAL_DNS_')) === true);

  test.each(hidden)('--%s of ExternalDNS, accepted or refused, is named', (flag) => {
    expect(page).toContain(`\`${flag}\``);
  });

  test.each(settings.map((setting) => setting.flag))('--%s, which works, is named', (flag) => {
    expect(page).toContain(`\`${flag}\``);
  });
});

describe('the guide', () => {
  const pages = readdirSync(join(root, 'docs/guide')).map((name) => `docs/guide/${name}`);
  const codes = new Set([...Object.keys(reasonCatalogue), ...Object.keys(errorCatalogue)]);
  const variables = /^(EXTERNAL_DNS|SEAMARK|ETCD|METALLB|POD|ETCDCTL)_/;

  test.each(pages)('every code that %s names is in a catalogue', (page) => {
    const named = [...read(page).matchAll(/`\$?([A-Z]+(?:_[A-Z]+)+)`/g)].map((match) => match[1] ?? '');
    expect(named.filter((code) => !codes.has(code) && !variables.test(code))).toEqual([]);
  });

  test.each(pages)('every flag of Seamark in a command of %s exists', (page) => {
    const known = new Set(createProgram().commands.flatMap((command) => command.options.map((option) => option.long)));
    const commands = [...read(page).matchAll(/^.*npm (?:start|run seamark).*$/gm)].flatMap((match) =>
      [...match[0].matchAll(/ (--[a-z][a-z-]+)/g)].map((flag) => flag[1] ?? ''),
    );
    expect(commands.filter((flag) => !known.has(flag))).toEqual([]);
  });

  test('the walk of a name that does not resolve has every reason that keeps a name from being answered', () => {
    const walk = read('docs/guide/when-a-name-does-not-resolve.md');
    // What does not stand between an object and its answer.
    const elsewhere = new Set([
      'ADDRESS_ASSIGNED',
      'ADDRESS_RELEASED',
      'DEPRECATED_ANNOTATION',
      'OBJECT_NOT_ACTED_ON',
      'FIELD_NOT_ACTED_ON',
      'RECORD_REMOVED',
      'TTL_INVALID',
      'API_VERSION_OLD',
      'CLUSTER_IP_REFUSED',
    ]);
    expect(Object.keys(reasonCatalogue).filter((code) => !elsewhere.has(code) && !walk.includes(`\`${code}\``))).toEqual([]);
  });
});
