import { dnsNameToWire } from '@seamark/common/model';
import { describe, expect, it } from 'vitest';

import type { Next } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import { emptyResponse } from '../../chain/response.ts';
import { loadCorefile } from '../../server/load-corefile.ts';
import { testClient } from '../../testing/client.ts';

const name = dnsNameToWire('example.org');
const request: DnsRequest = {
  id: 1,
  name,
  nameAsAsked: name,
  type: 1,
  class: 1,
  recursionDesired: false,
  checkingDisabled: false,
  authenticData: false,
  edns: undefined,
  client: testClient('udp'),
  octets: 30,
};

const fails =
  (text: string): Next =>
  () =>
    emptyResponse('forward', 2, { failure: text, extendedErrors: [{ code: 23, text: 'not for the log' }] });

/** What a block with this `errors` writes while the chain behind it answers so. */
async function logged(errors: string, ...answers: readonly Next[]): Promise<string[]> {
  const lines: string[] = [];
  const write = (level: string) => (line: string) => void lines.push(`${level} ${line.split('\n')[0]}`);
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), child: () => logger };
  const loaded = loadCorefile(`. {\n${errors}\n}`, { file: 'Corefile', logger });
  if (!loaded.ok) return loaded.problems.map(({ message }) => message);
  const [block] = loaded.version.blocks;
  for (const next of answers)
    await Promise.resolve()
      .then(() => block?.handlers[0]?.handle(request, next))
      .catch(() => undefined);
  await block?.parts.get('errors')?.stop?.();
  return lines;
}

describe('the directive errors', () => {
  it('tells of answers that are SERVFAIL and of faults, and of nothing else', async () => {
    const fault: Next = () => {
      throw new Error('out of order');
    };
    const answers = [fails('no route to host'), fault, () => Promise.reject(new Error('later')), () => emptyResponse('file', 3)];
    const upstreamSays: Next = () => emptyResponse('forward', 2);
    const ours: Next = () => emptyResponse('etcd', 2, { extendedErrors: [{ code: 22, text: 'nothing read yet' }] });
    const refused: Next = () => emptyResponse('forward', 5, { failure: 'concurrent queries exceeded maximum 1' });
    expect(await logged('errors', ...answers, upstreamSays, ours, refused)).toEqual([
      'error 2 example.org. A: no route to host',
      'error 2 example.org. A: out of order',
      'error 2 example.org. A: later',
      'error 2 example.org. A: plugin/etcd: nothing read yet',
      'error 5 example.org. A: concurrent queries exceeded maximum 1',
    ]);
  });

  it('tells of many errors of a kind in one line', async () => {
    const errors = 'errors {\nconsolidate 1m "timeout$" warning show_first\nconsolidate 90s refused\n}';
    const answers = [fails('i/o timeout'), fails('refused'), fails('i/o timeout'), fails('refused'), fails('other')];
    expect(await logged(errors, ...answers)).toEqual([
      'warn 2 example.org. A: i/o timeout',
      'error 2 example.org. A: other',
      "warn 2 errors like 'timeout$' occurred in last 1m0s",
      "error 2 errors like 'refused' occurred in last 1m30s",
    ]);
  });
});
