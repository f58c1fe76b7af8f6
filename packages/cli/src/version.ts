import { createRequire } from 'node:module';

/** The version of this package, stamped by its manifest. */
export const version: string = (createRequire(import.meta.url)('../package.json') as { version: string }).version;
