import type { Architecture } from './oci/manifest.ts';

/** This machine's architecture by the image specification's name. */
export function hostArchitecture(): Architecture {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}
