import { isDeepStrictEqual } from 'node:util';

import { LiveSetting } from '../../chain/live-setting.ts';
import type { Directive, DirectiveLine, DirectiveSetup, SetupContext } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { onlyArgument } from '../../corefile/arguments/only-argument.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { fileProblem, readFileOf } from '../../corefile/arguments/read-file-of.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { resolvePath } from '../../corefile/arguments/resolve-path.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import type { CookieSettings } from '../../respond/cookies/server-cookies.ts';
import { PolledFiles } from '../polled-files.ts';
import { readSecret, readSecrets } from './cookie-secrets.ts';

const options = ['secret', 'secret_file', 'reload', 'require'];
const defaultIntervalMs = 5000;

/** What the lines of the directive say. */
interface CookieLines {
  secrets?: Uint8Array[];
  file?: string;
  intervalMs: number;
  policy: 'answer' | 'require';
}

/** The directive `cookies`: the secrets of DNS cookies, and what becomes of queries without one. */
export const cookiesSetup: DirectiveSetup = {
  name: 'cookies',
  once: true,
  setup([use], context) {
    context.collect(use.at, () => expectArguments(use, 0, 0), undefined);
    if (use.block.length === 0) throw corefileError(use.at, `cookies needs at least one of ${options.join(', ')} in its braces`);
    const lines: CookieLines = { intervalMs: defaultIntervalMs, policy: 'answer' };
    readOptions(use, context, (line) => readLine(use, line, lines, context));
    const { secrets, file, intervalMs, policy } = lines;
    const settings = new LiveSetting<Partial<CookieSettings>>({ policy, ...(secrets === undefined ? {} : { secrets }) });
    if (file === undefined) return { listen: { cookies: settings } };
    const onProblem = (error: unknown): void =>
      context.logger.error(`cookies keeps the secrets that it has: ${fileProblem(error)}`, { file });
    const files = new PolledFiles({
      paths: [file],
      intervalMs,
      onContent: ([text = '']) => {
        const read = readSecrets(file, text);
        if (isDeepStrictEqual(read, settings.current.secrets)) return;
        settings.set({ policy, secrets: read });
        context.logger.info('cookies goes by the changed secrets', { file });
      },
      onProblem,
    });
    return {
      listen: { cookies: settings },
      start: () => files.start().catch(onProblem),
      stop: () => files.stop(),
    };
  },
};

function readLine(use: Directive, line: DirectiveLine, lines: CookieLines, context: SetupContext): void {
  const { name } = line;
  switch (name.text) {
    case 'secret':
    case 'secret_file':
      if (lines.secrets !== undefined) throw corefileError(name.at, 'cookies takes its secrets from one line: secret or secret_file, once');
      if (name.text === 'secret') {
        expectArguments(line, 1, 2, 'secret HEX [HEX]');
        lines.secrets = line.args.map(({ text }) => readSecret(text, 'the secret of cookies'));
      } else {
        const path = onlyArgument(line);
        lines.file = resolvePath(path, context);
        lines.secrets = readSecrets(lines.file, readFileOf(path, context, 'cookies'));
      }
      return;
    case 'reload':
      lines.intervalMs = readDuration(onlyArgument(line));
      return;
    case 'require':
      expectArguments(line, 0, 0);
      lines.policy = 'require';
      return;
    default:
      throw unknownOption(use, name, options);
  }
}
