import { messageOf } from '@seamark/common/errors';

import type { Directive, DirectiveSetup, SetupContext, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { onlyArgument } from '../../corefile/arguments/only-argument.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { readOptions } from '../../corefile/arguments/read-options.ts';
import { readFileOf } from '../../corefile/arguments/read-file-of.ts';
import { pemFix } from '../../corefile/arguments/read-tls-files.ts';
import { resolvePath } from '../../corefile/arguments/resolve-path.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { didYouMean } from '../../corefile/closest-word.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { type ClientAuthMode, clientAuthModes, type TlsMaterial } from '../../transport/tls-settings.ts';
import { CertificateFiles, materialOf } from './certificate-files.ts';

const options = ['client_auth', 'reload', 'keylog'];
const defaultIntervalMs = 30_000;

/** The directive `tls CERT KEY [CA]`: what a block with the scheme tls or https proves who it is with. */
export const tlsSetup: DirectiveSetup = {
  name: 'tls',
  once: 'the last counts',
  setup([use], context) {
    const material = context.collect(use.at, () => readMaterial(use, context), undefined);
    const settings: { clientAuth?: ClientAuthMode; intervalMs: number } = { intervalMs: defaultIntervalMs };
    readOptions(use, context, (line) => {
      if (!options.includes(line.name.text)) throw unknownOption(use, line.name, options);
      const value = onlyArgument(line);
      if (line.name.text === 'client_auth') settings.clientAuth = readMode(value);
      else if (line.name.text === 'reload') settings.intervalMs = readDuration(value);
      else context.warn('keylog is not written: start Node with --tls-keylog=FILE instead', line.name.at);
    });
    if (material === undefined) return {};
    const { intervalMs, ...listen } = settings;
    const files = new CertificateFiles({ paths: pathsOf(use, context), material, intervalMs, logger: context.logger });
    return {
      listen: { tls: { material: files.material, ...listen } },
      start: () => files.start(),
      stop: () => files.stop(),
    };
  },
};

/** Reads the files. Throws SM_COREFILE_INVALID for those that cannot be read or do not fit each other. */
function readMaterial(use: Directive, context: SetupContext): TlsMaterial {
  if (use.args[0]?.text === 'acme') {
    throw corefileError(
      use.at,
      'tls acme is not there: this version does not order certificates',
      'Let a program such as cert-manager or certbot write them, and name the files: tls CERT KEY.',
    );
  }
  expectArguments(use, 2, 3, 'tls CERT KEY [CA]');
  const texts = use.args.map((token) => readFileOf(token, context, 'tls'));
  try {
    return materialOf(texts, pathsOf(use, context));
  } catch (error) {
    throw corefileError(use.at, messageOf(error), pemFix);
  }
}

function pathsOf(use: Directive, context: SetupContext): readonly [string, string, string?] {
  return use.args.map((token) => resolvePath(token, context)) as [string, string, string?];
}

function readMode(token: Token): ClientAuthMode {
  const mode = clientAuthModes.find((one) => one === token.text);
  if (mode !== undefined) return mode;
  const known = clientAuthModes.join(', ');
  throw corefileError(
    token.at,
    `"${token.text}" is not a mode of client_auth; there is ${known}${didYouMean(token.text, clientAuthModes)}`,
  );
}
