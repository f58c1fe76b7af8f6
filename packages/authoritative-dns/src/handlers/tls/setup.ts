import type { DirectiveSetup, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { onlyUse } from '../../corefile/arguments/only-use.ts';
import { resolvePath } from '../../corefile/arguments/resolve-path.ts';
import { unknownOption } from '../../corefile/arguments/unknown-option.ts';
import { didYouMean } from '../../corefile/closest-word.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { clientAuthModes } from '../../transport/tls-settings.ts';

const options = ['client_auth', 'keylog'];

/** The directive `tls CERT KEY [CA]`: what a block with the scheme tls or https proves who it is with. */
export const tlsSetup: DirectiveSetup = {
  name: 'tls',
  setup(uses, context) {
    const use = onlyUse(uses);
    if (use.args[0]?.text === 'acme') {
      throw corefileError(
        use.at,
        'tls acme is not there: this version does not order certificates',
        'Let a program such as cert-manager or certbot write them, and name the files: tls CERT KEY.',
      );
    }
    expectArguments(use, 2, 3, 'tls CERT KEY [CA]');
    const [cert, key, clientCa] = use.args as [Token, Token, Token?];
    let clientAuth: string | undefined;
    for (const line of use.block) {
      if (!options.includes(line.name.text)) throw unknownOption(use, line.name, options);
      expectArguments(line, 1, 1);
      const [value] = line.args as [Token];
      if (line.name.text === 'keylog') context.warn('keylog is not written: start Node with --tls-keylog=FILE instead', line.name.at);
      else clientAuth = readMode(value);
    }
    return {
      listen: {
        tls: {
          cert: resolvePath(cert, context),
          key: resolvePath(key, context),
          ...(clientCa === undefined ? {} : { clientCa: resolvePath(clientCa, context) }),
          ...(clientAuth === undefined ? {} : { clientAuth }),
        },
      },
    };
  },
};

function readMode(token: Token): string {
  if ((clientAuthModes as readonly string[]).includes(token.text)) return token.text;
  const known = clientAuthModes.join(', ');
  throw corefileError(
    token.at,
    `"${token.text}" is not a mode of client_auth; there is ${known}${didYouMean(token.text, clientAuthModes)}`,
  );
}
