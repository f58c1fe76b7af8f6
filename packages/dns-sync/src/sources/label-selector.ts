import { SeamarkError } from '@seamark/common/errors';

/** A compiled label selector: true for a set of labels (or annotations) that meets all its requirements. */
export type LabelSelector = (labels: Readonly<Record<string, string>>) => boolean;

const keyPattern = /^(?:[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const valuePattern = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/**
 * Compiles Kubernetes' label-selector syntax: `a=b`, `a==b`, `a!=b`, `a in (b, c)`, `a notin (b, c)`, `a`, `!a`, `a>1`, `a<1`,
 * joined by commas (all must hold). Empty = everything. Throws SM_CONFIG_INVALID, naming `option`, for anything else.
 */
export function parseLabelSelector(text: string, option: string): LabelSelector {
  const requirements = splitRequirements(text).map((part) => parseRequirement(part, text, option));
  return (labels) => requirements.every((holds) => holds(labels));
}

/** Splits at the commas outside parentheses. */
function splitRequirements(text: string): string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function parseRequirement(part: string, whole: string, option: string): LabelSelector {
  const fail = (problem: string): never => {
    throw new SeamarkError(
      'SM_CONFIG_INVALID',
      `${option} "${whole}": ${problem}; allowed are key=value, key!=value, key in (a, b), key notin (a, b), key, !key, key>1 and key<1`,
    );
  };
  const key = (text: string | undefined): string => {
    const trimmed = (text ?? '').trim();
    return keyPattern.test(trimmed) ? trimmed : fail(`"${trimmed}" is not a key`);
  };
  const value = (text: string | undefined): string => {
    const trimmed = (text ?? '').trim();
    return valuePattern.test(trimmed) ? trimmed : fail(`"${trimmed}" is not a value`);
  };

  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
  if (set !== null) {
    const name = key(set[1]);
    const values = new Set((set[3] ?? '').split(',').map(value));
    const wanted = set[2] === 'in';
    return (labels) => {
      const present = labels[name];
      // `notin` also holds for objects without the key, as in the API server.
      return present === undefined ? !wanted : values.has(present) === wanted;
    };
  }
  const equality = /^([^=!<>]+)(==|=|!=)([^=!<>]*)$/.exec(part);
  if (equality !== null) {
    const name = key(equality[1]);
    const wanted = value(equality[3]);
    return equality[2] === '!=' ? (labels) => labels[name] !== wanted : (labels) => labels[name] === wanted;
  }
  const order = /^([^=!<>]+)([<>])\s*(\d+)$/.exec(part);
  if (order !== null) {
    const name = key(order[1]);
    const bound = Number(order[3]);
    const greater = order[2] === '>';
    return (labels) => {
      const present = labels[name];
      if (present === undefined || !/^-?\d+$/.test(present)) return false;
      return greater ? Number(present) > bound : Number(present) < bound;
    };
  }
  if (part.startsWith('!')) {
    const name = key(part.slice(1));
    return (labels) => labels[name] === undefined;
  }
  const name = key(part);
  return (labels) => labels[name] !== undefined;
}
