import { createHash } from 'node:crypto';

/** A SHA-512 of files and their names, in the order given; what `coredns_reload_version_info` shows. */
export function filesDigest(files: Iterable<readonly [path: string, content: string]>): string {
  const hash = createHash('sha512');
  for (const [path, content] of files) hash.update(`${path}\0${content.length}\0`).update(content);
  return hash.digest('hex');
}
