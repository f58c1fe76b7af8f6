import type { SeamarkError } from '@seamark/common/errors';

import type { Directive, Token } from '../../chain/setup.ts';
import { didYouMean } from '../closest-word.ts';
import { corefileError } from '../corefile-error.ts';

/** The error for a line in a directive's braces that the directive does not know; `known` are those that it does. */
export function unknownOption(directive: Directive, option: Token, known: readonly string[]): SeamarkError {
  const allowed = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  const word = JSON.stringify(option.text);
  return corefileError(option.at, `${word} is not an option of ${directive.name}; ${allowed}${didYouMean(option.text, known)}`);
}
