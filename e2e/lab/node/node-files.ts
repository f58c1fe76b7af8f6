import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addressPlan, hostAddresses, hostNumbers, nodeAddresses, nodeName, podNetworks } from '../address-plan.ts';
import { apiServerUrl, nodeLeaseSeconds } from '../control-plane.ts';
import type { Credentials } from '../credentials.ts';
import { cniFolder } from '../programs.ts';

/** How kube-proxy directs the traffic of Services. */
export type ProxyMode = 'nftables' | 'iptables';

/** What a node's files depend on. */
export interface NodeSettings {
  readonly index: number;
  readonly nodeCount: number;
  readonly disk: string;
  readonly cgroup: string;
  readonly proxyMode: ProxyMode;
  readonly pauseImage: string;
  readonly credentials: Credentials;
}

/** Writes what a node has in /etc: identity, name resolution, container runtime, network, kubelet, kube-proxy. */
export function writeNodeFiles(settings: NodeSettings): void {
  const { index, nodeCount, disk, credentials } = settings;
  const name = nodeName(index);
  const addresses = nodeAddresses(index);
  const write = (path: string, content: string, mode = 0o644): void => {
    const file = join(disk, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode });
  };
  const json = (path: string, document: unknown): void => write(path, `${JSON.stringify(document, undefined, 2)}\n`);

  write('etc/hostname', `${name}\n`);
  write('etc/machine-id', `${randomBytes(16).toString('hex')}\n`);
  write('etc/hosts', hostsFile(nodeCount));
  // As on a real node whose resolver knows nothing of the cluster; nothing answers at the router yet.
  write('etc/resolv.conf', `nameserver ${hostAddresses(hostNumbers.router).ipv4}\n`);
  write('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n');
  write('etc/passwd', 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n');
  write('etc/group', 'root:x:0:\nnogroup:x:65534:\n');
  write('etc/os-release', 'ID=seamark-lab\nNAME="Seamark lab"\nPRETTY_NAME="Seamark lab node"\n');

  write('etc/containerd/config.toml', containerdConfig(settings.pauseImage));
  json('etc/cni/net.d/10-lab.conflist', networkConfiguration(index));

  copyFileSync(credentials.caFile, join(made(disk, 'etc/kubernetes'), 'ca.crt'));
  copyFileSync(credentials.serverFile, join(disk, 'etc/kubernetes/kubelet.crt'));
  copyFileSync(credentials.serverKeyFile, join(disk, 'etc/kubernetes/kubelet.key'));
  write('etc/kubernetes/kubelet.kubeconfig', credentials.kubeconfig(`system:node:${name}`, apiServerUrl), 0o600);
  write('etc/kubernetes/kube-proxy.kubeconfig', credentials.kubeconfig('system:kube-proxy', apiServerUrl), 0o600);
  write('etc/kubernetes/node-ip', `${addresses.ipv4},${addresses.ipv6}`);
  json('etc/kubernetes/kubelet.yaml', kubeletConfiguration(settings.cgroup));
  json('etc/kubernetes/kube-proxy.yaml', {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: settings.proxyMode,
    clusterCIDR: `${addressPlan.ipv4.pods},${addressPlan.ipv6.pods}`,
    hostnameOverride: name,
    clientConnection: { kubeconfig: '/etc/kubernetes/kube-proxy.kubeconfig' },
    // The size of the connection table is the whole machine's.
    conntrack: { maxPerCore: 0, min: 0 },
  });
  mkdirSync(join(disk, volumesFolder), { recursive: true });
}

/** Where a node keeps the volumes of its pods. */
export const volumesFolder = '/var/lib/lab-volumes';

function made(disk: string, path: string): string {
  const folder = join(disk, path);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function hostsFile(nodeCount: number): string {
  const hosts: [string, { readonly ipv4: string; readonly ipv6: string }][] = [
    ...(['router', 'control-plane', 'client'] as const).map((name): [string, { ipv4: string; ipv6: string }] => [
      name,
      hostAddresses(hostNumbers[name]),
    ]),
    ...Array.from({ length: nodeCount }, (_, position): [string, { ipv4: string; ipv6: string }] => [
      nodeName(position + 1),
      nodeAddresses(position + 1),
    ]),
  ];
  const lines = hosts.flatMap(([name, { ipv4, ipv6 }]) => [`${ipv4} ${name}`, `${ipv6} ${name}`]);
  return `127.0.0.1 localhost\n::1 localhost\n${lines.join('\n')}\n`;
}

function kubeletConfiguration(cgroup: string): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    address: '::',
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: '/etc/kubernetes/ca.crt' } },
    authorization: { mode: 'Webhook' },
    tlsCertFile: '/etc/kubernetes/kubelet.crt',
    tlsPrivateKeyFile: '/etc/kubernetes/kubelet.key',
    clusterDNS: [addressPlan.ipv4.clusterDns, addressPlan.ipv6.clusterDns],
    clusterDomain: 'cluster.local',
    resolvConf: '/etc/resolv.conf',
    nodeLeaseDurationSeconds: nodeLeaseSeconds,
    failSwapOn: false,
    // The disk is the machine's: what others put on it must cost the lab neither images nor pods.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%', 'nodefs.inodesFree': '1%' },
  };
}

function networkConfiguration(index: number): unknown {
  const { ipv4, ipv6 } = podNetworks(index);
  return {
    cniVersion: '1.0.0',
    name: 'lab',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: { type: 'host-local', ranges: [[{ subnet: ipv4 }], [{ subnet: ipv6 }]], routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

/** Version 2 of the format, which containerd 1.6, 1.7 and 2.x read. */
function containerdConfig(pauseImage: string): string {
  return `version = 2
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Containers of machines without CAP_SYS_RESOURCE may not lower their score.
  restrict_oom_score_adj = true
  max_container_log_line_size = 65536
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniFolder()}"
    conf_dir = "/etc/cni/net.d"
`;
}
