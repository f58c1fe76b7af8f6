import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('../package.json') as { readonly version: string; readonly revision?: string };

/** The version of this package, stamped by its manifest. */
export const version: string = manifest.version;

/** The version and, in a container image, the commit that it was built from: what `seamark --version` says. */
export const versionWithRevision: string = manifest.revision === undefined ? version : `${version} (${manifest.revision})`;
