import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { buildAddon } from './build-addon.ts';
import type { NativeBinding } from './native-binding.ts';

/** The addon, or why it cannot be used. */
export type LoadedAddon = { readonly ok: true; readonly binding: NativeBinding } | { readonly ok: false; readonly problem: string };

let loaded: LoadedAddon | undefined;

/**
 * Loads the addon, once in a process: the file that `SEAMARK_NETIO_ADDON` names (empty: none, everything then falls back), else one
 * that was built ahead for this platform, else one that is compiled now. What fails is not tried again.
 */
export function loadAddon(): LoadedAddon {
  return (loaded ??= find());
}

/** Whether answers can be given without JavaScript here. */
export function isNative(): boolean {
  return loadAddon().ok;
}

function find(): LoadedAddon {
  const given = process.env['SEAMARK_NETIO_ADDON'];
  if (given === '') return { ok: false, problem: 'SEAMARK_NETIO_ADDON is empty' };
  const file = given ?? builtAhead();
  if (file !== undefined) return open(file);
  const built = buildAddon();
  return built.ok ? open(built.file) : built;
}

/** Beside the bundle of an image, or in the folder `prebuilds` of this package. */
function builtAhead(): string | undefined {
  const name = `${process.platform}-${process.arch}/netio.node`;
  const folders = [join(import.meta.dirname, '../prebuilds'), join(import.meta.dirname, '../../prebuilds')];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function open(file: string): LoadedAddon {
  try {
    return { ok: true, binding: createRequire(import.meta.url)(file) as NativeBinding };
  } catch (error) {
    return { ok: false, problem: `${file}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
