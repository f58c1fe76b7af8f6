import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, rootRequirement, temporaryFolder, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { hostArchitecture } from './host-architecture.ts';
import { pauseProgram } from './pause.ts';

describe('the pause program', () => {
  it.each(['amd64', 'arm64'] as const)('for %s is an ELF file of 240 bytes', (architecture) => {
    const program = pauseProgram(architecture);
    expect([program.subarray(0, 4).toString('latin1'), program.length]).toEqual(['\x7fELF', 240]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('waits, and ends well at %s', async (signal) => {
    using folder = temporaryFolder('pause');
    const pause = spawn(program(folder.path));
    const exited = once(pause, 'exit');
    await waiting(pause.pid ?? 0);
    pause.kill(signal);
    expect(await exited).toEqual([0, null]);
  });
});

describe.skipIf(unmet('the pause program as first process of a namespace', rootRequirement()))(
  'the pause program as first process of a namespace',
  () => {
    it('ends well at SIGTERM, which such a process may ignore', async () => {
      using folder = temporaryFolder('pause');
      const unshare = spawn('unshare', ['--pid', '--fork', '--kill-child', program(folder.path)]);
      const exited = once(unshare, 'exit');
      const child = await eventually(() => {
        const pid = readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8').trim();
        expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('pause\n');
        return Number(pid);
      });
      await waiting(child);
      process.kill(child, 'SIGTERM');
      expect(await exited).toEqual([0, null]);
    });
  },
);

function program(folder: string): string {
  const file = join(folder, 'pause');
  writeFileSync(file, pauseProgram(hostArchitecture()), { mode: 0o755 });
  return file;
}

/** Until it sleeps in the last of its system calls. */
async function waiting(pid: number): Promise<void> {
  await eventually(() => {
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('pause\n');
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^State:\tS/m);
  });
}
