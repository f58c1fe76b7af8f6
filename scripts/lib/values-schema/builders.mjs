// Pieces of the JSON schema (draft 7) of the chart's values. Helm prints what a validator says about a value, with its path: types as a list
// instead of anyOf keep that one sentence, and Go's regexp has no look-around.

/** Keys and nothing else. */
export const object = (description, properties) => ({ description, type: 'object', properties, additionalProperties: false });

/** Any keys: labels, annotations, selectors. */
export const map = (description, valueType = 'string') => ({
  description,
  type: 'object',
  additionalProperties: valueType === undefined ? true : { type: valueType },
});

export const text = (description, rest = {}) => ({ description, type: 'string', ...rest });
export const oneOf = (description, values) => ({ description, type: 'string', enum: values });
export const flag = (description) => ({ description, type: 'boolean' });
export const integer = (description, minimum = 0, maximum) => ({
  description,
  type: 'integer',
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
});
export const port = (description) => integer(description, 1, 65_535);

/** The value may be left out by null, which takes a default of values.yaml away. */
export const optional = (schema) => ({ ...schema, type: [schema.type, 'null'].flat() });

export const list = (description, items = { type: 'string' }) => ({ description, type: 'array', items });

/** An object of Kubernetes' API, which checks it itself. */
export const kubernetes = (description) => ({ description, type: 'object' });
/** A list of them. */
export const kubernetesList = (description) => ({ description, type: 'array', items: { type: 'object' } });

/** Taken by Helm's schema check, refused by a template with a sentence that says what to do instead. */
export const refused = (description) => ({ description: `Refused: ${description}`, 'x-refused': true });

/** What Helm copies into each subchart's values. */
export const global = { type: 'object', 'x-hidden': true };
