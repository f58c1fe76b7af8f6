import { unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { chart, guides, helm, helmRequirement, valuesFile } from './helm.ts';

/** What helm says about a value, without the frame around it. */
function complaints(...args: readonly string[]): readonly string[] {
  const { ok, errors } = helm('template', 'seamark', chart, ...args);
  if (ok) return [];
  const lines = errors.split('\n').map((line) => line.trim());
  const schema = lines.filter((line) => line.startsWith('- at '));
  return schema.length > 0 ? schema.map((line) => line.slice(2)) : lines.filter((line) => line.startsWith('Error:')).map(sentenceOf);
}

function sentenceOf(line: string): string {
  return line.replace(/^Error: (execution error at \([^)]*\): )?/, '');
}

describe.skipIf(unmet('a wrong value', helmRequirement()))('a wrong value is one sentence with its path', () => {
  it.each([
    ['dns-sync.policy=delete', "at '/dns-sync/policy': value must be one of 'sync', 'upsert-only', 'create-only'"],
    ['dns-sync.config.policy=delete', "at '/dns-sync/config/policy': value must be one of 'sync', 'upsert-only', 'create-only'"],
    ['dns-sync.polcy=sync', "at '/dns-sync': additional properties 'polcy' not allowed"],
    ['dns-sync.config.polcy=sync', "at '/dns-sync/config': additional properties 'polcy' not allowed"],
    ['dns-sync.sources={gateway-httproute}', "at '/dns-sync/sources/0': value must be one of 'service', 'ingress', 'crd'"],
    ['dns-sync.config.minTtlSeconds=soon', "at '/dns-sync/config/minTtlSeconds': got string, want integer"],
    ['dns-sync.replicaCount=two', "at '/dns-sync/replicaCount': got string, want integer"],
    ['dnssync.enabled=false', "at '': additional properties 'dnssync' not allowed"],
    ['global.image.pullPolicy=Sometimes', "at '/global/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'"],
    ['global.zones=example.org', "at '/global/zones': got string, want array"],
    [
      'authoritative-dns.serviceType=Ingress',
      "at '/authoritative-dns/serviceType': value must be one of 'LoadBalancer', 'NodePort', 'ClusterIP'",
    ],
    ['authoritative-dns.hostPort=70000', "at '/authoritative-dns/hostPort': maximum: got 70,000, want 65,535"],
    ['authoritative-dns.config.listen={53}', "at '/authoritative-dns/config/listen/0': got number, want string"],
    ['addressPools[0].name=lan', "at '/addressPools/0': missing property 'addresses'"],
    ['lb-controller.config.loadBalancerClass=true', "at '/lb-controller/config/loadBalancerClass': got boolean, want string"],
    ['global.zones={exa mple}', 'global.zones: "exa mple" is not a zone; allowed: DNS names such as example.org'],
    [
      'addressPools[0].name=LAN_x,addressPools[0].addresses={192.0.2.0/24}',
      'addressPools[0].name: "LAN_x" is not possible; allowed: lower-case letters, digits, - and .',
    ],
    [
      'addressPools[0].name=lan,addressPools[0].addresses={192.168.10.300/24}',
      'addressPools[0].addresses: "192.168.10.300/24" is no range of addresses; allowed: FIRST-LAST or ADDRESS/LENGTH',
    ],
    ['authoritative-dns.service.loadBalancerIPs={1.2.3}', 'authoritative-dns.service.loadBalancerIPs: "1.2.3" is not an address'],
    ['dns-sync.provider.name=aws', 'dns-sync.provider.name: "aws" is not part of this version; allowed: coredns (records go to etcd)'],
    [
      'dns-sync.provider.webhook.image.tag=v1',
      'dns-sync.provider.webhook: webhook providers are not part of this version; allowed: provider.name coredns',
    ],
    [
      'dns-sync.policy=sync,dns-sync.config.policy=upsert-only',
      'dns-sync.policy and dns-sync.config.policy are both given and differ: keep one of them',
    ],
    ['dns-sync.txtPrefix=a-,dns-sync.txtSuffix=-b', 'dns-sync.txtSuffix: allowed: txtPrefix or txtSuffix, not both'],
    [
      'lb-controller.speaker.enabled=true',
      "lb-controller.speaker: addresses are not announced by this version; leave speaker.* out, and bring the pool's addresses to the nodes by a route (see the chart's README)",
    ],
    ['authoritative-dns.servers[0].port=53', "at '/authoritative-dns/servers/0': missing property 'plugins'"],
    [
      'authoritative-dns.servers[0].plugins[0].nam=whoami',
      "at '/authoritative-dns/servers/0/plugins/0': missing property 'name'",
      "at '/authoritative-dns/servers/0/plugins/0': additional properties 'nam' not allowed",
    ],
    [
      'authoritative-dns.corefile=.,authoritative-dns.servers[0].plugins[0].name=whoami',
      'authoritative-dns.corefile and authoritative-dns.servers are both given: keep one of them',
    ],
    [
      'authoritative-dns.zoneFiles[0].filename=a.db,authoritative-dns.zoneFiles[0].contents=x',
      'authoritative-dns.zoneFiles: nothing serves them; give authoritative-dns.servers or authoritative-dns.corefile with the directive file',
    ],
    [
      'authoritative-dns.useHostNetwork=true,authoritative-dns.servers[0].port=53,authoritative-dns.servers[0].plugins[0].name=whoami',
      'authoritative-dns.useHostNetwork: the Corefile has a port below 1024, which the node opens for root only; give authoritative-dns.servers[].hostPort instead, or another port',
    ],
    ['etcd.enabled=false', 'global.etcd.endpoints: etcd.enabled is false, so the endpoints of an etcd are needed (https://HOST:2379)'],
    [
      'global.etcd.endpoints={https://etcd:2379}',
      'global.etcd.endpoints names an outside etcd, and etcd.enabled installs one: set etcd.enabled to false, or leave the endpoints out',
    ],
    [
      'etcd.enabled=false,global.etcd.endpoints={etcd:2379}',
      'global.etcd.endpoints: "etcd:2379" is not possible; allowed: http://HOST:PORT or https://HOST:PORT',
    ],
  ])('%s', (setting, ...sentences) => {
    expect(complaints('--set', setting)).toEqual(sentences);
  });

  it('a directive that is not there', () => {
    const [complaint] = complaints('--set', 'authoritative-dns.servers[0].plugins[0].name=kubernetes');
    expect(complaint).toMatch(/^at '\/authoritative-dns\/servers\/0\/plugins\/0\/name': value must be one of 'root', .*'etcd'/);
  });

  it.each(['home-lab', 'production', 'beside-coredns', ...guides])('and the values of %s have none', (shape) => {
    expect(complaints(...valuesFile(shape))).toEqual([]);
  });
});
