import type { Directive, DirectiveLine, DirectiveSetup, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { LinearRegexp } from '../rewrite/regexp/linear-regexp.ts';
import { Consolidation, type ConsolidationRule, type ErrorLevel, errorLevels } from './consolidation.ts';
import { createErrorsHandler } from './errors-handler.ts';

const options = ['stacktrace', 'consolidate'];
const usage = 'consolidate DURATION REGEXP [LEVEL] [show_first]';
const maxPatternLength = 10_000;

/** The directive `errors`: a line for each question that failed. */
export const errorsSetup: DirectiveSetup = {
  name: 'errors',
  once: true,
  setup([use], context) {
    context.collect(use.at, () => expectTarget(use), undefined);
    const logger = context.logger.child('errors');
    const write = (level: ErrorLevel, line: string): void => logger[level === 'warning' ? 'warn' : level](line);
    const consolidations: Consolidation[] = [];
    let withStack = false;
    readOptions(use, context, (line) => {
      // Older versions of CoreDNS have the longer word.
      if (line.name.text === 'stacktrace' || line.name.text === 'panicRecoveryStacktrace') {
        expectArguments(line, 0, 0);
        withStack = true;
      } else if (line.name.text === 'consolidate') {
        consolidations.push(new Consolidation(readRule(line), write));
      } else {
        throw unknownOption(use, line.name, options);
      }
    });
    return {
      handler: createErrorsHandler((message, line) => {
        if (!consolidations.some((consolidation) => consolidation.take(message, line))) write('error', line);
      }, withStack),
      async stop() {
        for (const consolidation of consolidations) consolidation.flush();
      },
    };
  },
};

function expectTarget(use: Directive): void {
  expectArguments(use, 0, 1, 'errors [stdout]');
  const [target] = use.args;
  if (target !== undefined && target.text !== 'stdout')
    throw corefileError(target.at, `errors writes to stdout only, not to "${target.text}"`, 'Delete the word.');
}

function readRule(line: DirectiveLine): ConsolidationRule {
  expectArguments(line, 2, 4, usage);
  const [duration, pattern, ...rest] = line.args as [Token, Token, ...Token[]];
  const [level, extra] = rest[0]?.text === 'show_first' ? [undefined, rest[0]] : rest;
  if (rest[0]?.text === 'show_first' && rest[1] !== undefined) {
    throw corefileError(rest[1].at, `"${rest[1].text}" stands behind show_first, which comes last`, `Write ${usage}.`);
  }
  if (extra !== undefined && extra.text !== 'show_first') {
    throw corefileError(extra.at, `"${extra.text}" stands where only show_first can stand`, `Write ${usage}.`);
  }
  return { intervalMs: readDuration(duration), pattern: readPattern(pattern), level: readLevel(level), showFirst: extra !== undefined };
}

function readPattern({ text, at }: Token): LinearRegexp {
  if (text.length > maxPatternLength) throw corefileError(at, `the pattern is longer than ${maxPatternLength} characters`);
  try {
    return new LinearRegexp(text);
  } catch (error) {
    throw corefileError(at, `${JSON.stringify(text)} is not a regular expression: ${(error as Error).message}`);
  }
}

function readLevel(token: Token | undefined): ErrorLevel {
  if (token === undefined) return 'error';
  const known = errorLevels.find((level) => level === token.text);
  if (known === undefined) throw corefileError(token.at, `"${token.text}" is not a level; there is ${errorLevels.join(', ')}`);
  return known;
}
