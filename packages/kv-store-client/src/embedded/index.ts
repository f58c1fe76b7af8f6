export type { EmbeddedStore } from './embedded-store.ts';
export { createMemoryStore, openEmbeddedStore } from './open-embedded-store.ts';
export type { EmbeddedStoreOptions } from './open-embedded-store.ts';
