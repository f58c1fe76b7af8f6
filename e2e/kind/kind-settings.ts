import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasSysResource } from '@seamark/testkit';

/** What a cluster is made of. */
export interface KindShape {
  readonly name: string;
  readonly workers: number;
  readonly dualStack: boolean;
  /** False for node images made by hand, whose pods {@link connectPods} connects. */
  readonly defaultCni: boolean;
}

/**
 * Before the kubelet starts, the kernel settings that it would write are covered by files that already say what it wants: they are
 * settings of the whole machine, and so it leaves them alone.
 */
const kubeletDropIn = `[Service]
ExecStartPre=/bin/sh -euc 'while read -r file value; do [ -e "$file" ] || continue; [ "$(cat "$file")" != "$value" ] || continue; \\
  copy=/run/kernel-settings/$(echo "$file" | tr / .); mkdir -p /run/kernel-settings; echo "$value" >"$copy"; mount --bind "$copy" "$file"; done </etc/kernel-settings'
`;

const kernelSettings = `/proc/sys/vm/overcommit_memory 1
/proc/sys/vm/panic_on_oom 0
/proc/sys/kernel/panic 10
/proc/sys/kernel/panic_on_oops 1
/proc/sys/kernel/keys/root_maxkeys 1000000
/proc/sys/kernel/keys/root_maxbytes 25000000
`;

const timeouts = {
  controlPlaneComponentHealthCheck: '4m0s',
  discovery: '4m0s',
  kubeletHealthCheck: '4m0s',
  kubernetesAPICall: '4m0s',
  tlsBootstrap: '4m0s',
};

/** Writes the configuration of `kind create cluster` into a folder and returns its path. */
export function writeKindSettings(shape: KindShape, folder: string): string {
  const dropIn = join(folder, 'kubelet-drop-in.conf');
  const values = join(folder, 'kernel-settings');
  writeFileSync(dropIn, kubeletDropIn);
  writeFileSync(values, kernelSettings);
  const extraMounts = [
    { hostPath: dropIn, containerPath: '/etc/systemd/system/kubelet.service.d/20-kernel-settings.conf', readOnly: true },
    { hostPath: values, containerPath: '/etc/kernel-settings', readOnly: true },
  ];
  const cgroup1 = !existsSync('/sys/fs/cgroup/cgroup.controllers');
  const settings = {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name: shape.name,
    networking: {
      ipFamily: shape.dualStack ? 'dual' : 'ipv4',
      kubeProxyMode: 'nftables',
      disableDefaultCNI: !shape.defaultCni,
    },
    nodes: [{ role: 'control-plane', extraMounts }, ...Array.from({ length: shape.workers }, () => ({ role: 'worker', extraMounts }))],
    kubeadmConfigPatches: [
      // The defaults are a minute each, which a machine with more to do than cores does not keep.
      ...['InitConfiguration', 'JoinConfiguration'].map((kind) => JSON.stringify({ kind, timeouts })),
      ...(cgroup1 ? [JSON.stringify({ kind: 'KubeletConfiguration', failCgroupV1: false })] : []),
    ],
    // Without CAP_SYS_RESOURCE a process cannot lower its oom_score_adj.
    containerdConfigPatches: hasSysResource() ? [] : ['[plugins."io.containerd.grpc.v1.cri"]\n  restrict_oom_score_adj = true\n'],
  };
  const file = join(folder, 'kind.json');
  writeFileSync(file, JSON.stringify(settings, undefined, 2));
  return file;
}
