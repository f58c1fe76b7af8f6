import { SeamarkError } from '@seamark/common/errors';

/** Reads a secret of 16 octets. Throws SM_CONFIG_INVALID, which does not repeat the text. `where`: `the secret in line 3 of FILE`. */
export function readSecret(text: string, where: string): Uint8Array {
  if (/^[0-9a-f]{32}$/i.test(text)) return Uint8Array.from(Buffer.from(text, 'hex'));
  throw new SeamarkError('SM_CONFIG_INVALID', `${where} is not 32 hexadecimal digits`, {
    remedy: 'Make one with: openssl rand -hex 16.',
  });
}

/** Reads a file of secrets: one or two lines of 32 hexadecimal digits, beside empty ones and those that begin with #. */
export function readSecrets(path: string, text: string): Uint8Array[] {
  const secrets = text.split('\n').flatMap((line, at) => {
    const word = line.trim();
    return word === '' || word.startsWith('#') ? [] : [readSecret(word, `the secret in line ${at + 1} of ${path}`)];
  });
  if (secrets.length === 1 || secrets.length === 2) return secrets;
  throw new SeamarkError('SM_CONFIG_INVALID', `${path} has ${secrets.length} cookie secrets; there must be one, or two during a change`);
}
