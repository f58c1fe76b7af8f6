import { SeamarkError } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';

/** One error for all mistakes of a Corefile: the only one, or one that names the first when each of them has been logged. */
export function tellMistakes(mistakes: readonly [SeamarkError, ...SeamarkError[]], file: string, logger: Logger): SeamarkError {
  const [first, ...others] = mistakes;
  if (others.length === 0) return first;
  for (const { message } of mistakes) logger.error(message);
  return new SeamarkError(first.code, `${file} has ${mistakes.length} mistakes, all of them logged; the first is ${first.message}`, {
    cause: new AggregateError(mistakes),
    remedy: first.remedy,
  });
}
