// Clones HEAD into an empty folder and does what the README says, on a PATH without pnpm: npm start answers, npm test runs.
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from './lib/root.mjs';
import { main } from './lib/run.mjs';

main(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'seamark-clone-'));
  const clone = join(folder, 'seamark');
  // The checkout's own programs must not help the clone.
  const PATH = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.startsWith(root))
    .join(delimiter);
  const env = { ...process.env, PATH };
  try {
    check(spawnSync('git', ['clone', '--quiet', root, clone], { stdio: 'inherit' }), 'git clone');
    await startAndAsk(clone, env);
    check(
      spawnSync('npm', ['test', '--silent', '--', '--project', 'repository'], { cwd: clone, env, stdio: 'inherit' }),
      'npm test in a fresh clone',
    );
    const left = spawnSync('git', ['status', '--porcelain'], { cwd: clone, encoding: 'utf8' }).stdout;
    if (left !== '') throw new Error(`the README's commands left files behind:\n${left}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

async function startAndAsk(clone, env) {
  const port = 20_000 + (process.pid % 20_000);
  const child = spawn('npm', ['start', '--silent', '--', '--dns-listen', `127.0.0.1:${port}`, '--metrics-address', 'none'], {
    cwd: clone,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let exited = false;
  void ended.then(() => {
    exited = true;
  });
  try {
    const deadline = performance.now() + 180_000;
    for (;;) {
      if (exited) throw new Error('npm start ended by itself');
      if (await answers(port, 'webapp.example.org')) break;
      if (performance.now() > deadline) throw new Error('npm start gave no answer for webapp.example.org in 180 s');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    if (!exited && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await ended;
  }
}

/** Asks for an A record; true for NOERROR with at least one answer. */
function answers(port, name) {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  const query = Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const finish = (result) => {
      clearTimeout(timer);
      socket.close();
      resolve(result);
    };
    const timer = setTimeout(() => finish(false), 500);
    socket.once('error', () => finish(false));
    socket.once('message', (reply) => finish((reply[3] & 15) === 0 && reply.readUInt16BE(6) > 0));
    socket.connect(port, '127.0.0.1', () => socket.send(query));
  });
}

function check({ status }, what) {
  if (status !== 0) throw new Error(`${what} failed`);
}
