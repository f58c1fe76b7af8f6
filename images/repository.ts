import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The checkout. */
export const repositoryRoot = resolve(import.meta.dirname, '..');

/** A manifest of the checkout or of an installed package, as far as images need it. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type?: string };
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Reads FOLDER/package.json. */
export function readManifest(folder: string): PackageManifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageManifest;
}
