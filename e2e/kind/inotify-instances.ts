import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What systemd, containerd, kubelet and the pods of a node open, with room for pods of suites. */
const perNode = 32;

/**
 * Throws when the kernel has not enough inotify instances left for so many nodes. They are counted for all processes of a user; a
 * containerd that gets none runs on without its CRI, and kubeadm then waits for minutes and says something else.
 */
export function requireInotifyInstances(nodes: number): void {
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8'));
  const used = usedInstances();
  if (limit - used >= nodes * perNode) return;
  throw new Error(
    `${nodes} nodes need ${nodes * perNode} inotify instances, and root has ${Math.max(limit - used, 0)} of ${limit} left: ` +
      'end other clusters of this machine, or raise the limit (sysctl fs.inotify.max_user_instances=1024)',
  );
}

function usedInstances(): number {
  let used = 0;
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const folder = `/proc/${pid}/fd`;
    try {
      for (const fd of readdirSync(folder)) if (readlinkSync(`${folder}/${fd}`) === 'anon_inode:inotify') used++;
    } catch {
      // The process or its file is gone.
    }
  }
  return used;
}
