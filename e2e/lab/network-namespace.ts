import { addressPlan, type HostAddresses } from './address-plan.ts';
import { type KeptProcess, keepRunning } from './kept-process.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { mustRun } from './run-program.ts';

/** Command line prefix that runs a program in the network namespace of a process. */
export function inNetworkOf(holder: ProcessIdentity): readonly [string, ...string[]] {
  return ['nsenter', `--net=/proc/${holder.pid}/ns/net`, '--'];
}

/**
 * Makes a network namespace that exists as long as its holder, a sleeping process. It has no name in /run/netns and no link to any
 * other namespace, so it vanishes with the lab whatever happens.
 */
export async function makeNetworkNamespace(name: string): Promise<KeptProcess> {
  const script = 'ip link set lo up && echo ready && exec sleep infinity';
  const holder = keepRunning(['unshare', '--net', '--uts', 'sh', '-c', `hostname ${name} && ${script}`], { talk: 'pipe' });
  await said(holder, 'ready', `network namespace ${name}`);
  return holder;
}

/** Waits for a line of a process that was started with `talk: 'pipe'`; rejects when the process ends without it. */
export function said(kept: KeptProcess, line: string, about: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    kept.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes(`${line}\n`)) resolve();
    });
    void kept.ended.then((how) => reject(new Error(`${about} did not start: ${how}\n${text}`)));
  });
}

/** Runs a batch of `ip` commands in the network namespace of a process. Lines that start with `-` may fail. */
export async function runIp(holder: ProcessIdentity, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  const may = commands.filter((line) => line.startsWith('-')).map((line) => line.slice(1));
  const must = commands.filter((line) => !line.startsWith('-'));
  if (may.length > 0) {
    await mustRun([...inNetworkOf(holder), 'sh', '-c', 'ip -force -batch - 2>/dev/null || true'], { input: `${may.join('\n')}\n` });
  }
  if (must.length > 0) await mustRun([...inNetworkOf(holder), 'ip', '-batch', '-'], { input: `${must.join('\n')}\n` });
}

/** Writes kernel settings of a network namespace. */
export async function setSysctls(holder: ProcessIdentity, settings: Readonly<Record<string, string | number>>): Promise<void> {
  // One shell for all: /proc/sys/net shows the namespace of the process that opens it.
  const script = Object.entries(settings).map(([name, value]) => `echo ${value} > /proc/sys/${name.replaceAll('.', '/')}`);
  await mustRun([...inNetworkOf(holder), 'sh', '-ec', script.join('\n')]);
}

/** `ip` commands that give addresses to an interface that exists. Without duplicate address detection they work at once. */
export function addressCommands(link: string, addresses: HostAddresses, segment: 'first' | 'second' = 'first'): string[] {
  const [ipv4, ipv6] = segment === 'first' ? [addresses.ipv4, addresses.ipv6] : [addresses.secondIpv4, addresses.secondIpv6];
  return [
    `address add ${ipv4}/${addressPlan.ipv4.lanPrefixLength} dev ${link}`,
    `address add ${ipv6}/${addressPlan.ipv6.lanPrefixLength} dev ${link} nodad`,
    `link set ${link} up`,
  ];
}
