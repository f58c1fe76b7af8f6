import type { AnswerComposer } from './compose-answers.ts';
import { answerForJavaScript } from './arena-answer.ts';
import { compileRrset } from './compile-node.ts';

/** Composes positive answers that have nothing but their answer section; what an alias leads to is left to JavaScript. */
export const minimalComposer: Pick<AnswerComposer<unknown>, 'alias' | 'with'> = {
  alias: () => [answerForJavaScript(0)],
  with: (node, name, _zone, rrset) => compileRrset(rrset, name, node.isWildcard),
};
