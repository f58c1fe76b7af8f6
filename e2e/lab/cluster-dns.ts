import { addressPlan } from './address-plan.ts';
import type { KubernetesApi } from './kubernetes-api.ts';

const corefile = `.:53 {
    errors
    health {
        lameduck 2s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }
    prometheus :9153
    cache 5
    loop
    reload 5s
    loadbalance
}
`;

/** Installs the cluster's DNS as other clusters have it: Deployment `coredns` and Service `kube-dns` in kube-system. */
export async function installClusterDns(api: KubernetesApi, image: string, nodeCount: number): Promise<void> {
  const metadata = { name: 'coredns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
  const rbac = 'rbac.authorization.k8s.io';
  await Promise.all([
    api.create('/api/v1/namespaces/kube-system/serviceaccounts', { metadata }),
    api.create('/api/v1/namespaces/kube-system/configmaps', { metadata, data: { Corefile: corefile } }),
    api.create(`/apis/${rbac}/v1/clusterroles`, {
      metadata: { name: 'system:coredns' },
      rules: [
        { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    }),
    api.create(`/apis/${rbac}/v1/clusterrolebindings`, {
      metadata: { name: 'system:coredns' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [{ kind: 'ServiceAccount', name: 'coredns', namespace: 'kube-system' }],
    }),
    api.create('/api/v1/namespaces/kube-system/services', {
      metadata: { ...metadata, name: 'kube-dns' },
      spec: {
        selector: { 'k8s-app': 'kube-dns' },
        clusterIP: addressPlan.ipv4.clusterDns,
        clusterIPs: [addressPlan.ipv4.clusterDns, addressPlan.ipv6.clusterDns],
        ipFamilies: ['IPv4', 'IPv6'],
        ipFamilyPolicy: 'RequireDualStack',
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    }),
  ]);
  await api.create('/apis/apps/v1/namespaces/kube-system/deployments', deployment(metadata, image, Math.min(2, nodeCount)));
}

function deployment(
  metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
  image: string,
  replicas: number,
): unknown {
  return {
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: metadata.labels },
      template: {
        metadata: { labels: metadata.labels },
        spec: {
          serviceAccountName: 'coredns',
          priorityClassName: 'system-cluster-critical',
          dnsPolicy: 'Default',
          tolerations: [{ key: 'CriticalAddonsOnly', operator: 'Exists' }],
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: metadata.labels },
            },
          ],
          containers: [
            {
              name: 'coredns',
              image,
              imagePullPolicy: 'Never',
              args: ['-conf', '/etc/coredns/Corefile'],
              ports: [
                { containerPort: 53, protocol: 'UDP' },
                { containerPort: 53, protocol: 'TCP' },
              ],
              readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
              livenessProbe: { httpGet: { path: '/health', port: 8080 }, initialDelaySeconds: 30 },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
              },
              volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
            },
          ],
          volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
        },
      },
    },
  };
}
