import { systemClock } from '@seamark/common/controller';

import type { DirectiveSetup } from '../../chain/setup.ts';
import { onlyUse } from '../../corefile/arguments/only-use.ts';
import { CacheHandler } from './cache-handler.ts';
import { createCacheMetrics } from './cache-metrics.ts';
import { readCacheOptions } from './read-options.ts';
import { RemoteAnswerCache } from './remote-answer-cache.ts';

/** The directive `cache`: keeps what other servers answered. */
export const cacheSetup: DirectiveSetup = {
  name: 'cache',
  setup(uses, context) {
    const options = readCacheOptions(onlyUse(uses), context);
    const metrics = createCacheMetrics(context.metrics, context.server, options.zones);
    return { handler: new CacheHandler(new RemoteAnswerCache(options, systemClock, metrics)) };
  },
};
