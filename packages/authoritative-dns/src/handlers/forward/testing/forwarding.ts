import type { Logger } from '@seamark/common/observability';

import type { MetricRegistry } from '../../../metrics/metric-registry.ts';
import type { DnsRequest } from '../../../chain/request.ts';
import { type DnsResponse, emptyResponse } from '../../../chain/response.ts';
import { sectionText } from '../../testing/answer-text.ts';
import { question, type QuestionOptions } from '../../testing/question.ts';
import { setUp } from '../../testing/set-up.ts';
import { forwardSetup } from '../setup.ts';

/** A block with `forward` lines that has started. */
export interface Forwarding extends AsyncDisposable {
  ask(name?: string, type?: string, options?: QuestionOptions): Promise<DnsResponse>;
  /** Response code and answer section. */
  text(name?: string, type?: string, options?: QuestionOptions): Promise<string[]>;
}

/** Starts the lines; what they do not take is answered NOTIMP. */
export async function startForwarding(
  lines: string,
  context: { readonly folder?: string; readonly metrics?: MetricRegistry; readonly logger?: Logger } = {},
): Promise<Forwarding> {
  const { part, handler } = setUp(forwardSetup, lines, { context });
  await part.start?.(new AbortController().signal);
  const ask = async (name = 'www.example.org', type = 'A', options: QuestionOptions = {}): Promise<DnsResponse> => {
    const request: DnsRequest = question(name, type, options);
    const outcome = await handler.handle(request, () => emptyResponse('end', 4));
    if ('drop' in outcome) throw new Error('forward drops nothing');
    return outcome;
  };
  return {
    ask,
    async text(name, type, options) {
      const response = await ask(name, type, options);
      return [String(response.responseCode), ...sectionText(response.answers)];
    },
    async [Symbol.asyncDispose]() {
      await part.stop?.();
    },
  };
}
