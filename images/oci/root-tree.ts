/** Content of a file of an image: bytes, or a file of this machine. */
export type FileContent = Uint8Array | { readonly file: string };

/** One path of an image. Owner and times are the same for all of them, so they are not part of it. */
export type TreeEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly content: FileContent;
      /** The program may bind ports below 1024 whoever runs it (`cap_net_bind_service+ep`). */
      readonly bindsLowPorts?: boolean;
    }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

/** The files of one layer. Paths are relative, without a leading slash; parent folders appear by themselves with mode 0755. */
export class RootTree {
  readonly #entries = new Map<string, TreeEntry>();

  /** Adds a folder; adding it again changes its mode. */
  directory(path: string, mode = 0o755): this {
    return this.#add({ kind: 'directory', path, mode });
  }

  /** Adds a file. A string is written as UTF-8. */
  file(path: string, content: FileContent | string, options: { readonly mode?: number; readonly bindsLowPorts?: boolean } = {}): this {
    return this.#add({
      kind: 'file',
      path,
      mode: options.mode ?? 0o644,
      content: typeof content === 'string' ? Buffer.from(content) : content,
      ...(options.bindsLowPorts === undefined ? {} : { bindsLowPorts: options.bindsLowPorts }),
    });
  }

  /** Adds a program: a file of mode 0755. */
  program(path: string, content: FileContent, options: { readonly bindsLowPorts?: boolean } = {}): this {
    return this.file(path, content, { mode: 0o755, ...options });
  }

  symlink(path: string, target: string): this {
    return this.#add({ kind: 'symlink', path, target });
  }

  /** All entries, parents before children, in an order that depends on the paths alone. */
  entries(): readonly TreeEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  }

  #add(entry: TreeEntry): this {
    const parts = entry.path.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..')) throw new Error(`${entry.path} is no path of an image`);
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join('/');
      const present = this.#entries.get(parent);
      if (present === undefined) this.#entries.set(parent, { kind: 'directory', path: parent, mode: 0o755 });
      else if (present.kind !== 'directory') throw new Error(`${entry.path} lies below ${parent}, which is no folder`);
    }
    const present = this.#entries.get(entry.path);
    if (present !== undefined && !(present.kind === 'directory' && entry.kind === 'directory')) {
      throw new Error(`${entry.path} is added twice`);
    }
    this.#entries.set(entry.path, entry);
    return this;
  }
}
