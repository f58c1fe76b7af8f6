import { SeamarkError } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';
import { loadAddon } from '@seamark/netio';

/** What receives questions over UDP. `netio`: native threads that answer what is compiled; `dgram`: Node's own sockets. */
export type EngineName = 'netio' | 'dgram';

const environmentVariable = 'SEAMARK_DNS_ENGINE';

let isTold = false;

/**
 * The engine that was asked for, by an option or else by the environment variable SEAMARK_DNS_ENGINE; otherwise `netio` where its
 * native part can be loaded, and `dgram`, with one line in the log, where it cannot. Throws SM_CONFIG_INVALID for a name that is none,
 * and when `netio` was asked for and cannot be loaded.
 */
export function chooseEngine(wanted: EngineName | undefined, logger: Logger): EngineName {
  const name = wanted ?? process.env[environmentVariable];
  if (name !== undefined && name !== '' && name !== 'netio' && name !== 'dgram') {
    throw new SeamarkError('SM_CONFIG_INVALID', `${environmentVariable}: "${name}" is no engine; allowed: netio, dgram`);
  }
  if (name === 'dgram') return 'dgram';
  const addon = loadAddon();
  if (addon.ok) return 'netio';
  if (name === 'netio') throw new SeamarkError('SM_CONFIG_INVALID', `the engine netio cannot be used: ${addon.problem}`);
  if (!isTold) logger.info(`questions are answered on one thread, by node:dgram: ${addon.problem}`);
  isTold = true;
  return 'dgram';
}
