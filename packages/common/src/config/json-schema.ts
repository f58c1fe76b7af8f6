import { z } from 'zod';
import { configSchema } from './schema.ts';

/**
 * The configuration as JSON Schema draft 7, for editors and for the chart's values. Helm compiles patterns with Go's regexp, which
 * has no look-around, so none may be emitted; a test holds that.
 */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;
}
