import { programRequirement, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { addresses } from './internet/addresses.ts';
import { type Internet, internetRequirements, startInternet } from './internet/internet.ts';
import { startOurServers, startServerOnAllAddresses } from './internet/our-servers.ts';
import { engineRequirement } from './server/engines.ts';
import { resolverRequirement, startResolver } from './internet/resolver.ts';

const skipped = unmet(
  'testers of name servers against a delegation to two of ours',
  ...internetRequirements(),
  resolverRequirement(),
  programRequirement('dig', 'bind9-dnsutils'),
  programRequirement('zonemaster-cli', 'zonemaster-cli'),
  programRequirement('dnsviz', 'dnsviz'),
  programRequirement('etcdctl', 'etcd-client'),
);

interface ZonemasterMessage {
  readonly level: string;
  readonly tag: string;
}

describe.skipIf(skipped)('two of our servers that a real root and top-level domain delegate to', () => {
  let internet: Internet;

  beforeAll(async () => {
    internet = await startInternet();
    await startOurServers(internet);
    await startResolver(internet);
  }, 120_000);
  afterAll(async () => {
    await internet?.[Symbol.asyncDispose]();
  });

  const zones = ['example.org', 'file.org', 'nsec.org', 'nsec3.org'];

  describe('Zonemaster', () => {
    const check = async (zone: string): Promise<readonly ZonemasterMessage[]> => {
      const options = ['--hints', internet.hints, '--level', 'INFO', '--json', '--raw', '--no-progress', '--show-level'];
      return JSON.parse(await internet.network.run(['zonemaster-cli', zone, ...options], { timeoutMs: 100_000 })) as ZonemasterMessage[];
    };

    it.each(zones)('finds nothing to warn of in %s', async (zone) => {
      const messages = await check(zone);
      expect(messages.filter(({ level }) => level !== 'INFO' && level !== 'NOTICE')).toEqual([]);
      // What a test case says that passed; a run that asked nobody has none of these.
      expect(messages.map(({ tag }) => tag)).toEqual(
        expect.arrayContaining([
          'NO_IP_PRIVATE_NETWORK',
          'ONE_SOA_SERIAL',
          'ADDRESSES_MATCH',
          'ARE_AUTHORITATIVE',
          'NO_RECURSOR',
          'EDNS0_SUPPORT',
          'AXFR_FAILURE',
          'SAME_SOURCE_IP',
          'NO_UPWARD_REFERRAL',
          'QNAME_CASE_SENSITIVE',
          'CASE_QUERIES_RESULTS_OK',
          'RETRY_MINIMUM_VALUE_OK',
          'EXPIRE_MINIMUM_VALUE_OK',
          'MNAME_IS_NOT_CNAME',
          'ONE_SOA_MNAME',
        ]),
      );
    });

    it('complains of a zone that nobody serves', async () => {
      // So an empty list above means that it looked.
      const messages = await check('nowhere.org');
      expect(messages.map(({ level }) => level)).toContain('CRITICAL');
    });
  });

  describe('dnsviz', () => {
    it.each(zones)('finds neither an error nor anything to warn of in %s', async (zone) => {
      const probe = await internet.network.run(['dnsviz', 'probe', '-A', '-a', '.', '-E', zone], { timeoutMs: 100_000 });
      expect(await internet.network.run(['dnsviz', 'grok', '-l', 'warning', zone], { input: probe })).toBe('');
      const everything = await internet.network.run(['dnsviz', 'grok', '-l', 'info', zone], { input: probe });
      for (const type of ['SOA', 'NS', 'MX', 'TXT', 'A']) expect(everything).toContain(`${zone}./IN/${type}`);
    });
  });

  describe('unbound, with 0x20 and names no longer than needed,', () => {
    const asked = async (name: string, type: string) => {
      const text = await internet.network.run(['dig', `@${addresses.resolver.ipv4}`, '+tries=1', '+time=20', name, type]);
      return {
        status: /status: (\w+)/.exec(text)?.[1],
        isValidated: /flags: [^;]*\bad\b/.test(text),
        answer: (/;; ANSWER SECTION:\n([^]*?)\n\n/.exec(text)?.[1] ?? '')
          .split('\n')
          .map((line) => line.split(/\s+/).slice(3).join(' '))
          .filter((line) => line !== '')
          .toSorted(),
      };
    };
    const present = (...answer: readonly string[]) => ({ status: 'NOERROR', answer: answer.toSorted() });
    const absent = { status: 'NXDOMAIN', answer: [] };
    const big = Array.from({ length: 12 }, (_, n) => `TXT "${n}${'x'.repeat(250)}"`);

    const inBoth: readonly (readonly [name: string, type: string, expected: unknown])[] = [
      ['web', 'A', present('A 192.0.2.80')],
      ['web', 'AAAA', undefined],
      ['alias', 'CNAME', present('CNAME web.@.')],
      ['alias', 'A', present('CNAME web.@.', 'A 192.0.2.80')],
      ['chain', 'A', present('CNAME alias.@.', 'CNAME web.@.', 'A 192.0.2.80')],
      ['note', 'TXT', present('TXT "one text"')],
      ['note', 'A', present()],
      ['_sip._tcp', 'SRV', present('SRV 1 2 5061 web.@.')],
      ['any.name.apps', 'A', present('A 192.0.2.90')],
      ['x.apps', 'AAAA', present()],
      ['er.deep.inner', 'A', present('A 192.0.2.91')],
      ['nothing', 'A', absent],
      ['nothing.web', 'A', absent],
      ['nothing', 'MX', absent],
      ['big', 'TXT', present(...big)],
      ['caa', 'CAA', present('CAA 0 issue "ca.example"')],
      ['svcb', 'HTTPS', present('HTTPS 1 . alpn="h2"')],
    ];
    const rows = zones.flatMap((zone) =>
      inBoth
        .filter(([, , expected]) => expected !== undefined)
        .map(([name, type, expected]) => {
          const text = JSON.stringify(expected).replaceAll('@.', `${zone}.`);
          return { name: `${name}.${zone}`, type, expected: JSON.parse(text) as unknown };
        }),
    );

    it.each([
      ...rows,
      { name: 'example.org', type: 'MX', expected: present('MX 10 mail.example.org.') },
      { name: 'file.org', type: 'MX', expected: present('MX 10 mail.file.org.') },
      { name: 'example.org', type: 'NS', expected: present('NS ns1.example.org.', 'NS ns2.example.org.') },
      { name: 'file.org', type: 'SOA', expected: present('SOA ns1.file.org. hostmaster.file.org. 7 14400 3600 1209600 300') },
      { name: 'dual.example.org', type: 'A', expected: present('A 192.0.2.81') },
      { name: 'dual.example.org', type: 'AAAA', expected: present('AAAA 2001:db8::81') },
      { name: 'web.file.org', type: 'AAAA', expected: present('AAAA 2001:db8::80') },
      { name: 'deep.inner.file.org', type: 'A', expected: present() },
      { name: 'inner.file.org', type: 'A', expected: present() },
      { name: 'abroad.example.org', type: 'A', expected: present('CNAME web.file.org.', 'A 192.0.2.80') },
      { name: 'abroad.file.org', type: 'A', expected: present('CNAME web.example.org.', 'A 192.0.2.80') },
      { name: 'x.old.file.org', type: 'A', expected: present('DNAME new.file.org.', 'CNAME x.new.file.org.', 'A 192.0.2.92') },
      { name: 'opaque.file.org', type: 'TYPE65280', expected: present('TYPE65280 \\# 2 ABCD') },
      { name: 'caa.example.org', type: 'TYPE65280', expected: present('TYPE65280 \\# 2 ABCD') },
    ])('gets $name $type', async ({ name, type, expected }) => {
      // All of the chain of aliases has to be signed.
      const isSigned = /nsec3?\.org$/.test(name) && !name.startsWith('abroad');
      expect(await asked(name, type)).toEqual({ ...(expected as object), isValidated: isSigned });
    });

    it('has not once been given an answer whose letters differ from the question', async () => {
      // It would fall back to asking without, and say so.
      expect(internet.outputOf('unbound')).not.toMatch(/caps(forid|-for-id)?.*(fail|fallback|mismatch)/i);
    });
  });

  it.skipIf(skipped || unmet('a server on all addresses', engineRequirement('netio')))(
    'a server on all addresses answers from the one that was asked',
    async () => {
      await startServerOnAllAddresses(internet, 5300);
      const { first, second, resolver } = addresses;
      for (const family of ['ipv4', 'ipv6'] as const)
        for (const asked of [first[family], second[family]])
          for (const transport of ['+notcp', '+tcp']) {
            // Left to the kernel, an answer to another address of the same host comes from that address.
            const command = ['dig', '-b', resolver[family], `@${asked}`, '-p', '5300', '+short', '+tries=1', '+time=5', transport];
            expect(await internet.network.run([...command, 'web.file.org', 'A'])).toBe('192.0.2.80\n');
          }
    },
  );

  it.each([...Object.values(addresses.first), ...Object.values(addresses.second)])('%s answers by UDP and by TCP', async (address) => {
    for (const transport of ['+notcp', '+tcp']) {
      const answer = await internet.network.run(['dig', `@${address}`, '+short', '+tries=1', transport, 'web.example.org', 'A']);
      expect(answer).toBe('192.0.2.80\n');
    }
  });
});
