import type { RootTree } from './root-tree.ts';
import { TarWriter } from './tar-writer.ts';

/** What a manifest says about a layer. Layers are not compressed, so the digest is the diff id, too. */
export interface LayerDescriptor {
  readonly digest: string;
  readonly size: number;
}

/** `cap_net_bind_service+ep` as the kernel keeps it (VFS_CAP_REVISION_2 with the effective flag). */
const netBindService = Buffer.from('0100000200040000000000000000000000000000', 'hex');

/** Writes a tree as a layer. Same tree, same bytes. */
export function writeLayer(tree: RootTree, file: string, mtime: number): LayerDescriptor {
  const tar = new TarWriter(file, mtime);
  for (const entry of tree.entries()) {
    if (entry.kind === 'directory') tar.add({ path: entry.path, kind: 'directory', mode: entry.mode });
    else if (entry.kind === 'symlink') tar.add({ path: entry.path, kind: 'symlink', mode: 0o777, target: entry.target });
    else {
      tar.add(
        {
          path: entry.path,
          kind: 'file',
          mode: entry.mode,
          ...(entry.bindsLowPorts === true ? { attributes: { 'security.capability': netBindService } } : {}),
        },
        entry.content,
      );
    }
  }
  return tar.end();
}
