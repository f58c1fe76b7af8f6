import type { Directive, DirectiveSetup, SetupContext, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readZone } from '../../corefile/arguments/read-zones.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { didYouMean } from '../../corefile/closest-word.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { ZoneList } from '../zone-list.ts';
import { createLogFormat } from './log-format.ts';
import { createLogHandler, type LogRule } from './log-handler.ts';
import { type ResponseClass, responseClasses } from './response-class.ts';

/** The directive `log [NAMES...] [FORMAT]`: a line for each question. */
export const logSetup: DirectiveSetup = {
  name: 'log',
  setup(uses, context) {
    const logger = context.logger.child('log');
    return {
      handler: createLogHandler(
        readEach(uses, context, (use) => readRule(use, context)),
        (line) => logger.info(line),
      ),
    };
  },
};

function readRule(use: Directive, context: SetupContext): LogRule {
  const last = use.args.at(-1);
  // As in CoreDNS, a format cannot stand alone: `log .  FORMAT`.
  const format = use.args.length > 1 && last?.text.includes('{') === true ? last.text : undefined;
  const names = format === undefined ? use.args : use.args.slice(0, -1);
  return {
    zones: new ZoneList(names.length === 0 ? ['.'] : names.flatMap((name) => context.collect(name.at, () => readZone(name), []))),
    classes: readClasses(use, context),
    format: createLogFormat(format),
  };
}

function readClasses(use: Directive, context: SetupContext): ReadonlySet<ResponseClass> {
  const classes = new Set<ResponseClass>();
  readOptions(use, context, (line) => {
    if (line.name.text !== 'class') throw unknownOption(use, line.name, ['class']);
    expectArguments(line, 1, undefined, 'class CLASSES...');
    for (const token of line.args) classes.add(readClass(token));
  });
  return classes.size === 0 ? new Set(['all']) : classes;
}

function readClass({ text, at }: Token): ResponseClass {
  const known = responseClasses.find((one) => one === text);
  if (known !== undefined) return known;
  throw corefileError(
    at,
    `"${text}" is not a class of answers; there is ${responseClasses.join(', ')}${didYouMean(text, responseClasses)}`,
  );
}
