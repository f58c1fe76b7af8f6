import { loadAddon } from '../addon/load-addon.ts';

/**
 * Gives the system the memory that the C library keeps for later, as after a large reading: glibc does so by itself only at the end of
 * its heap. Takes some milliseconds. Does nothing without the addon or with another C library.
 */
export function trimMemory(): void {
  const loaded = loadAddon();
  if (loaded.ok) loaded.binding.memoryTrim();
}
