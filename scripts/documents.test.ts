import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './lib/root.mjs';

const packageFolders = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'examples/README.md',
  ...packageFolders.map((folder) => `${folder}/README.md`).filter((path) => existsSync(join(root, path))),
];

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
/** Fenced and indented code is quoted text, not links. */
const prose = (path: string): string =>
  read(path)
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .replaceAll(/^ {4}.*$/gm, '');

/** Targets of Markdown links that point into the checkout. */
function linksOf(path: string): string[] {
  const inline = [...prose(path).matchAll(/\]\(([^()\s]+)\)/g)].map((match) => match[1] ?? '');
  const references = [...prose(path).matchAll(/^\[[^\]]+\]: (\S+)/gm)].map((match) => match[1] ?? '');
  return [...inline, ...references].filter((target) => !/^[a-z]+:/.test(target));
}

/** The form of a heading that a link's fragment has. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

function isThere(from: string, target: string): boolean {
  const [path = '', fragment] = target.split('#');
  const file = path === '' ? join(root, from) : resolve(root, dirname(from), path);
  if (!existsSync(file)) return false;
  return (
    fragment === undefined || [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].some((match) => anchorOf(match[1] ?? '') === fragment)
  );
}

describe('documents', () => {
  test.each(documents)('every link of %s leads somewhere', (path) => {
    expect(linksOf(path).filter((target) => !isThere(path, target))).toEqual([]);
  });

  test('links are found: the README leads to the architecture and the guide', () => {
    expect(linksOf('README.md')).toEqual(expect.arrayContaining(['ARCHITECTURE.md', 'docs/index.md']));
  });

  test('every package has a manual page', () => {
    expect(packageFolders.filter((folder) => !existsSync(join(root, folder, 'README.md')))).toEqual([]);
  });

  test('a page of docs that a document names exists', () => {
    const named = documents.flatMap((path) => [...read(path).matchAll(/\bdocs\/[\w/-]+\.(?:md|json)/g)].map((match) => match[0]));
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  const rows = sectionOf('ARCHITECTURE.md', 'Task → place').split('\n');
  const places = rows.flatMap((row) => placesOf(row.split('|')[2] ?? ''));
  const seams = [...sectionOf('ARCHITECTURE.md', 'Seams').matchAll(/\(`([\w/-]+\/src\/[\w./-]+)`\)/g)].map((match) => match[1] ?? '');

  test.each(places)('the place %s of its table exists', (place) => {
    expect(existsSync(join(root, place))).toBe(true);
  });

  test('the table names places of every package', () => {
    expect(packageFolders.filter((folder) => !places.some((place) => place.startsWith(folder)))).toEqual([]);
  });

  test.each(seams)('the seam %s exists', (place) => {
    expect(existsSync(join(root, 'packages', place))).toBe(true);
  });
});

/** What stands below a heading of the second level. */
function sectionOf(path: string, heading: string): string {
  const section = read(path)
    .split(/^## /m)
    .find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${path} has no section ${heading}`);
  return section;
}

/** Paths in backticks of a cell; `…/x` stands beside the one before it. */
function placesOf(cell: string): string[] {
  const places: string[] = [];
  for (const [, text = ''] of cell.matchAll(/`([^`]+)`/g)) {
    places.push(text.startsWith('…/') ? join(dirname(places.at(-1) ?? ''), text.slice(2)) : text);
  }
  return places;
}

describe('README.md and CONTRIBUTING.md', () => {
  const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts);
  const commands = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'].flatMap((path) =>
    [...read(path).matchAll(/npm run ([a-z0-9:-]+)/g)].map((match) => match[1] ?? ''),
  );

  test.each([...new Set(commands)])('npm run %s is a script', (name) => {
    expect(scripts).toContain(name);
  });

  describe('the table of README.md', () => {
    const main = join(root, 'packages/cli/src/main.ts');
    const shown = spawnSync(process.execPath, ['--conditions=@seamark/source', main, 'plan', '-f', join(root, 'examples'), '-o', 'json'], {
      encoding: 'utf8',
    });
    const plan = JSON.parse(shown.stdout === '' ? '{}' : shown.stdout) as Plan;
    const table = /^OBJECT [\s\S]*?(?=\n\n)/m.exec(read('README.md'))?.[0] ?? '';
    const rows = table
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/ {2,}/));

    test('has rows, and the examples have a plan', () => {
      expect(shown.stderr).toBe('');
      expect(rows.length).toBeGreaterThan(0);
    });

    test.each(rows)('%s is as the plan of the examples has it', (object, ...cells) => {
      const [type, address] = cells.at(-1)?.split(' ') ?? [];
      expect(plan.endpoints.find((endpoint) => endpoint.dnsName === cells.at(-2) && endpoint.recordType === type)?.targets).toEqual([
        address,
      ]);
      if (!object.startsWith('Service ')) return;
      const service = plan.services.find(({ namespace, name }) => object === `Service ${namespace}/${name}`);
      expect([service?.ips.join(', '), service?.pool]).toEqual(cells.slice(0, 2));
    });
  });
});

interface Plan {
  readonly services: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly ips: readonly string[];
    readonly pool: string | null;
  }[];
  readonly endpoints: readonly { readonly dnsName: string; readonly recordType: string; readonly targets: readonly string[] }[];
}
