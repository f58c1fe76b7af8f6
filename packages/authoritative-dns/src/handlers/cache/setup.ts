import { systemClock } from '@seamark/common/controller';

import type { DirectiveSetup } from '../../chain/setup.ts';
import { CacheHandler } from './cache-handler.ts';
import { createCacheMetrics } from './cache-metrics.ts';
import { readCacheOptions } from './read-options.ts';
import { RemoteAnswerCache } from './remote-answer-cache.ts';

/** The directive `cache`: keeps what other servers answered. */
export const cacheSetup: DirectiveSetup = {
  name: 'cache',
  once: true,
  setup([use], context) {
    const options = readCacheOptions(use, context);
    const metrics = createCacheMetrics(context.metrics, context.server, options.zones);
    return { handler: new CacheHandler(new RemoteAnswerCache(options, systemClock, metrics)) };
  },
};
