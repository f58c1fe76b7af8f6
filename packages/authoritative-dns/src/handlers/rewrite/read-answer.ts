import type { Position, Token } from '../../chain/setup.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { type MatchKind, nameChange } from './name-match.ts';
import type { AnswerChanges } from './name-rule.ts';
import { withPattern } from './rule-context.ts';

/** `answer (auto | name FROM TO | value FROM TO)`, several behind each other; `answer` may be left out from the second on. */
export function readAnswerChanges(args: readonly Token[], at: Position, kind: MatchKind): AnswerChanges {
  const changes: { what: 'name' | 'value'; change: ReturnType<typeof nameChange> }[] = [];
  let auto = false;
  for (let index = 0; index < args.length;) {
    const word = args[index] as Token;
    if (word.text === 'answer') index += 1;
    else if (index === 0) throw corefileError(word.at, `${JSON.stringify(word.text)} is one word too many; only answer … may follow`);
    const what = args[index++];
    if (what?.text === 'auto') {
      auto = true;
    } else if (what?.text === 'name' || what?.text === 'value') {
      const [from, to] = args.slice(index, index + 2);
      if (from === undefined || to === undefined) throw corefileError(what.at, `answer ${what.text} needs FROM and TO`);
      changes.push({ what: what.text, change: withPattern(from, () => nameChange('regex', from.text, to.text)) });
      index += 2;
    } else {
      const instead = what === undefined ? '' : `, not ${JSON.stringify(what.text)}`;
      throw corefileError(what?.at ?? at, `answer needs auto, name FROM TO or value FROM TO${instead}`);
    }
  }
  if (auto && changes.some(({ what }) => what === 'name')) throw corefileError(at, 'answer auto and answer name contradict each other');
  // What was asked for by a rule for one name is always given back.
  return { auto: auto || kind === 'exact', changes };
}
