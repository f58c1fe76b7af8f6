import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  formatServerKey,
  loadCorefile,
  missingDirectives,
  parseCorefile,
  readServerKey,
  type ServerBlock,
  tokenize,
} from '@seamark/authoritative-dns/corefile';
import { messageOf } from '@seamark/common/errors';

import { type ConformanceSuite, differences } from '../conformance-suite.ts';

interface RecordedCorefile {
  readonly id: string;
  readonly scope: 'parse' | 'grammar' | 'lexer' | 'server';
  readonly valid: boolean;
  readonly plugin?: string;
  readonly corefile: string;
  readonly expect?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** Transports that are read in keys and not served. */
const unservedSchemes = ['grpc', 'quic', 'https3'];

/** Which Corefiles are right, what they mean, and which are refused. */
export const corefiles: ConformanceSuite = {
  name: 'corefiles',
  casesOf(content) {
    const { cases } = content as { readonly cases: readonly RecordedCorefile[] };
    return cases.map((recorded) => {
      const refusal = expectedRefusal(recorded);
      return { id: `${recorded.id}${refusal === undefined ? '' : ` (${refusal})`}`, run: () => compare(recorded, refusal !== undefined) };
    });
  },
};

/** Why a Corefile that CoreDNS takes is refused on purpose. */
function expectedRefusal({ id, scope, plugin, valid, corefile }: RecordedCorefile): string | undefined {
  if (!valid) return undefined;
  if (scope === 'parse' && plugin !== undefined && Object.hasOwn(missingDirectives, plugin)) return `there is no directive ${plugin}`;
  // The test of CoreDNS stops before the socket; the program does not start with it either.
  if (id === 'health-setup-04') return 'its port is none, which is told before anything is opened';
  const scheme = scope === 'server' ? unservedSchemes.find((one) => corefile.startsWith(`${one}://`)) : undefined;
  return scheme === undefined ? undefined : `${scheme}:// is not served`;
}

async function compare(recorded: RecordedCorefile, isRefused: boolean): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'corefiles-'));
  try {
    for (const [name, text] of Object.entries(recorded.files ?? {})) await writeFile(join(folder, name), text);
    const meaning = read(recorded, join(folder, 'Corefile'));
    if (typeof meaning === 'string') return recorded.valid && !isRefused ? [`valid: expected true, got refused: ${meaning}`] : [];
    if (!recorded.valid || isRefused) return ['valid: expected false, got true'];
    return differences(comparable(recorded), meaning);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a Corefile means in the words of the record, or why it is refused. */
function read({ scope, corefile, env = {} }: RecordedCorefile, file: string): Record<string, unknown> | string {
  try {
    if (scope === 'lexer') return { tokens: tokenize(corefile, file).map(({ text }) => text) };
    if (scope === 'grammar') return grammarOf(parseCorefile(corefile, { file, environment: (name) => env[name] }).blocks);
    const loaded = loadCorefile(corefile, { file });
    if (!loaded.ok) return loaded.problems.map(({ message }) => message).join('; ');
    const { blocks } = loaded.version;
    return {
      addresses: blocks.flatMap(({ source }) => source.keys.flatMap((key) => readServerKey(key, 53)).map(formatServerKey)),
      listen_hosts: blocks.flatMap(({ listen }) => listen.bind ?? []),
    };
  } catch (error) {
    return messageOf(error);
  }
}

function grammarOf(blocks: readonly ServerBlock[]): Record<string, unknown> {
  const directives = blocks.flatMap((block) => block.directives);
  return {
    keys: blocks.map(({ keys }) => keys.map(({ text }) => text)),
    directive_token_counts: Object.fromEntries(directives.map((directive) => [directive.name, tokensOf(directive)])),
    tokens: Object.fromEntries(directives.map(({ name, args }) => [name, [name, ...args.map(({ text }) => text)]])),
  };
}

/** Words of a line and of what its braces hold. */
function tokensOf(line: Pick<ServerBlock['directives'][number], 'args' | 'block'>): number {
  const inside = line.block.reduce((sum, inner) => sum + tokensOf(inner), 0);
  return 1 + line.args.length + (line.block.length === 0 ? 0 : 2 + inside);
}

/** Of what a directive's options mean, a loaded Corefile shows only the addresses; the tests of each directive see to the rest. */
function comparable({ scope, expect = {} }: RecordedCorefile): Record<string, unknown> {
  if (scope === 'lexer' || scope === 'grammar') return expect;
  return Object.fromEntries(Object.entries(expect).filter(([field]) => field === 'addresses' || field === 'listen_hosts'));
}
