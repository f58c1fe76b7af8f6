import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { programRequirement, unmet } from '../requirement.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { bindRequirement, startBind } from './bind.ts';
import { knotRequirement, startKnot } from './knot.ts';
import { nsdRequirement, startNsd } from './nsd.ts';

const zone = '@ 60 IN SOA ns1 host 7 14400 3600 1209600 300\n@ 60 IN NS ns1\nns1 60 IN A 192.0.2.53\n';
const requirements = [bindRequirement(), knotRequirement(), nsdRequirement(), programRequirement('dig', 'bind9-dnsutils')];

describe.skipIf(unmet('name servers as fixtures', ...requirements)).each([
  ['BIND', startBind],
  ['Knot', startKnot],
  ['NSD', startNsd],
] as const)('%s as a fixture', (software, start) => {
  test('serves its zones with authority, and is gone when it is disposed', async () => {
    using folder = temporaryFolder('fixture-zone');
    const file = join(folder.path, 'zone');
    writeFileSync(file, zone);
    let pid: number;
    {
      await using server = await start({ zones: [{ name: 'example.org', file }] });
      pid = server.pid;
      expect(server.software).toBe(software);
      const { stdout } = spawnSync('dig', ['@127.0.0.1', '-p', String(server.port), '+norec', 'ns1.example.org', 'A'], {
        encoding: 'utf8',
      });
      expect(stdout).toMatch(/status: NOERROR[^]*flags: qr aa;[^]*192\.0\.2\.53/);
    }
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('that cannot start says why', async () => {
    await expect(start({ zones: [], extraOptions: ['no-such-option: 1'] })).rejects.toThrow(/no-such-option|no-such/);
  });
});
