// npm run boundaries: who may import whom. Fails with file, line and the rule that an import breaks.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { root } from './lib/root.mjs';

/** Package → workspace packages that it may import. Components never import one another. Tests may also import the test kit. */
const allowed = {
  testkit: [],
  common: [],
  netio: ['common'],
  'kv-store-client': ['common'],
  'lb-controller': ['common'],
  'dns-sync': ['common', 'kv-store-client'],
  'authoritative-dns': ['common', 'kv-store-client', 'netio'],
  cli: ['common', 'kv-store-client', 'lb-controller', 'dns-sync', 'authoritative-dns'],
};

/** Folders of pure code: functions of their input, without I/O, clocks or randomness. */
const pure = [
  'packages/common/src/model',
  'packages/kv-store-client/src/skydns',
  'packages/lb-controller/src/allocator',
  'packages/dns-sync/src/plan',
  'packages/dns-sync/src/registry',
  'packages/authoritative-dns/src/wire',
];
const io =
  /^(node:)?(fs|net|dgram|http|https|http2|tls|dns|child_process|worker_threads|timers|os|process)(\/|$)|^(undici|etcd3|@grpc\/grpc-js|@kubernetes\/client-node|pino|prom-client)$/;
const impureCalls = /\b(Date\.now|performance\.now|Math\.random|setTimeout|setInterval|process\.(env|hrtime))\b/;

const problems = [];
for (const [name, mayImport] of Object.entries(allowed)) {
  const folder = join(root, 'packages', name);
  if (!existsSync(folder)) continue;
  for (const file of sources(join(folder, 'src'))) {
    const path = relative(root, file).split(sep).join('/');
    const isTest = /\.test\.ts$|-contract\.ts$|\/contract\/|\/testing\//.test(path);
    const isPure = !isTest && pure.some((prefix) => path.startsWith(`${prefix}/`));
    readFileSync(file, 'utf8')
      .split('\n')
      .forEach((line, index) => {
        const where = `${path}:${index + 1}`;
        const specifier = /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)['"]([^'"]+)['"]/.exec(line)?.[1];
        if (isPure && impureCalls.test(line.replace(/\/\/.*|^\s*\*.*/, '')))
          problems.push(`${where}: pure code uses ${impureCalls.exec(line)?.[0]}`);
        if (specifier === undefined) return;
        const workspace = /^@seamark\/([^/]+)/.exec(specifier)?.[1];
        if (workspace !== undefined && workspace !== name && !mayImport.includes(workspace) && !(isTest && workspace === 'testkit')) {
          problems.push(`${where}: ${name} may not import ${specifier} (allowed: ${mayImport.join(', ') || 'none'})`);
        }
        if (specifier.startsWith('.') && relative(folder, resolve(dirname(file), specifier)).startsWith('..')) {
          problems.push(`${where}: ${specifier} leaves the package; import it by its name`);
        }
        if (isPure && io.test(specifier)) problems.push(`${where}: pure code imports ${specifier}`);
        if (!isTest && /^(vitest|fast-check|dns-packet)$/.test(specifier)) problems.push(`${where}: only tests import ${specifier}`);
      });
    if (/(^|\/)(utils?|helpers?|misc)\.ts$/.test(path)) problems.push(`${path}: name the file after its concept`);
  }
}
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.stdout.write(problems.length === 0 ? 'boundaries hold\n' : `${problems.length} imports break the boundaries\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

function* sources(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.name.endsWith('.ts')) yield path;
  }
}
