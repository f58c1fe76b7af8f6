import type { Handler, Next } from '../../chain/handler.ts';
import type { AnswerCache, DnsRequest } from '../../chain/request.ts';
import type { Outcome } from '../../chain/response.ts';

/**
 * Gives questions a cache on their way. It looks at no answer itself: handlers that ask other servers use the cache, those that answer
 * from memory never see it. Own data is therefore always as new as it is.
 */
export class CacheHandler implements Handler {
  readonly name = 'cache';
  readonly transparent = true;
  private readonly cache: AnswerCache;

  constructor(cache: AnswerCache) {
    this.cache = cache;
  }

  handle(request: DnsRequest, next: Next): Outcome | Promise<Outcome> {
    return next({ ...request, cache: this.cache });
  }
}
