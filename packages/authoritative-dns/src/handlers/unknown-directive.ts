import type { Directive } from '../chain/setup.ts';
import { closestWord } from '../corefile/closest-word.ts';
import { type CorefileError, corefileError } from '../corefile/corefile-error.ts';
import { missingDirectives } from './missing-directives.ts';
import { directiveRegistry } from './registry.ts';

/** The error for a directive that is not in the registry: why, when CoreDNS has it, and what there is. */
export function unknownDirective({ name, at }: Directive): CorefileError {
  const known = directiveRegistry.map((setup) => setup.name);
  const list = `The directives are ${known.toSorted().join(', ')}.`;
  if (Object.hasOwn(missingDirectives, name)) {
    return corefileError(at, `${name} is a directive of CoreDNS that Seamark does not have: ${missingDirectives[name]}`, list);
  }
  if (/^[{}]+$/.test(name)) {
    return corefileError(at, `"${name}" is one word, not a pair of braces`, 'Put each closing brace on a line of its own.');
  }
  const closest = closestWord(name, known);
  const hint = closest === undefined ? '' : `; did you mean ${closest}?`;
  return corefileError(at, `there is no directive "${name}"${hint}`, list);
}
