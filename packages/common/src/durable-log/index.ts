export type { DurableLog, OpenedLog } from './durable-log.ts';
export { lockFolder } from './lock-folder.ts';
export type { FolderLock } from './lock-folder.ts';
export { openDurableLog } from './open-durable-log.ts';
export type { DurableLogOptions } from './open-durable-log.ts';
