import type { Requirement } from '@seamark/testkit';

import { loadAddon } from '../addon/load-addon.ts';

/** Requires the addon. */
export function addonRequirement(): Requirement {
  const addon = loadAddon();
  return addon.ok ? { name: 'netio' } : { name: 'netio', missing: `the addon of netio is missing: ${addon.problem}` };
}
