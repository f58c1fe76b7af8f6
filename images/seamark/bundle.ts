import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { readManifest, repositoryRoot } from '../repository.ts';

/** An npm package of which code is in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly folder: string;
}

/** The command line as few ECMAScript modules, from the sources and the production dependencies that they reach. */
export interface Bundle {
  /** Name → code. `main.js` is the entry; the others are loaded when a command needs them. */
  readonly modules: ReadonlyMap<string, string>;
  /** Packages of the registry and of the workspace that contributed, by name and version. */
  readonly packages: readonly BundledPackage[];
  /** etcd's protocol definitions, which are read at run time from the folder `proto` beside that of the modules. */
  readonly protoFiles: ReadonlyMap<string, string>;
}

/** Bundles packages/cli. Depends on the checkout's content and the installed lockfile alone. */
export async function bundleSeamark(): Promise<Bundle> {
  const warnings: string[] = [];
  const build = await rolldown({
    cwd: repositoryRoot,
    input: 'packages/cli/src/main.ts',
    platform: 'node',
    // `import` and `require` go with the kind of each import: protobufjs requires `long`, and given its ES module it takes all 64-bit integers
    // for floating point, so that ids of members and leases lose digits.
    resolve: { conditionNames: ['@seamark/source', 'node'] },
    // etcd3 looks for its .proto files beside its own code.
    transform: { target: 'node24', define: { __dirname: 'import.meta.dirname' } },
    onLog: (level, log) => {
      if (level === 'warn' && !harmless(log.code, log.id)) warnings.push(log.message);
    },
  });
  try {
    const { output } = await build.generate({
      format: 'esm',
      entryFileNames: 'main.js',
      chunkFileNames: '[name]-[hash].js',
      // Comments cost memory in every process; names and lines stay, so that a stack trace can be read.
      minify: false,
      comments: { legal: false, jsdoc: false },
    });
    if (warnings.length > 0) throw new Error(`bundling packages/cli: ${warnings.join('; ')}`);
    const modules = new Map<string, string>();
    const inputs = new Set<string>();
    for (const item of output) {
      if (item.type === 'asset') throw new Error(`bundling packages/cli: unexpected file ${item.fileName}`);
      modules.set(item.fileName, item.code);
      for (const [id, { renderedLength }] of Object.entries(item.modules)) if (renderedLength > 0) inputs.add(id.replace(/^\0|\?.*$/g, ''));
    }
    const packages = packagesOf(inputs);
    return { modules, packages, protoFiles: protoFiles(packages) };
  } finally {
    await build.close();
  }
}

/** `eval` of protobufjs (it looks for optional modules); a CommonJS `this` at top level. */
function harmless(code: string | undefined, id: string | undefined): boolean {
  return (code === 'EVAL' && id !== undefined && id.includes('protobufjs')) || code === 'COMMONJS_VARIABLE_IN_ESM';
}

function packagesOf(inputs: ReadonlySet<string>): readonly BundledPackage[] {
  const found = new Map<string, BundledPackage>();
  const folders = new Map<string, string | undefined>();
  for (const input of inputs) {
    if (!input.startsWith('/')) continue;
    const folder = packageFolder(dirname(input), folders);
    if (folder === undefined) continue;
    const { name, version, license } = readManifest(folder);
    const declared = typeof license === 'string' ? license : license?.type;
    found.set(`${name}@${version}`, { name, version, license: declared ?? 'NOASSERTION', folder });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** The nearest folder above with a manifest that has a name and a version: some packages have nested ones that say only a type. */
function packageFolder(folder: string, known: Map<string, string | undefined>): string | undefined {
  if (known.has(folder)) return known.get(folder);
  let found: string | undefined;
  if (existsSync(join(folder, 'package.json'))) {
    const manifest: Partial<ReturnType<typeof readManifest>> = readManifest(folder);
    if (manifest.name !== undefined && manifest.version !== undefined) found = folder;
  }
  if (found === undefined && !relative(repositoryRoot, folder).startsWith('..') && folder !== repositoryRoot) {
    found = packageFolder(dirname(folder), known);
  }
  known.set(folder, found);
  return found;
}

function protoFiles(packages: readonly BundledPackage[]): ReadonlyMap<string, string> {
  const etcd3 = packages.find((each) => each.name === 'etcd3');
  if (etcd3 === undefined) throw new Error('bundling packages/cli: etcd3 is not in the bundle');
  const folder = join(etcd3.folder, 'proto');
  return new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.proto'))
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}
