import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildImage } from '@seamark/images';
import { eventually, unmet } from '@seamark/testkit';
import { clusterRequirements, openCluster } from '../cluster/open-cluster.ts';
import type { LanHost, TestCluster } from '../cluster/test-cluster.ts';
import { startOwnEngine } from '../kind/docker-engine.ts';
import { kindRequirement } from '../kind/kind-requirement.ts';

/** What an engine and a kubelet would change on the machine if they were let. */
function machine(): unknown {
  const settings = ['vm/overcommit_memory', 'kernel/panic', 'kernel/panic_on_oops', 'net/ipv4/ip_forward', 'fs/file-max', 'fs/nr_open'];
  return {
    settings: settings.map((name) => [name, readFileSync(join('/proc/sys', name), 'utf8')]),
    modules: existsSync('/lib/modules'),
    interfaces: Object.keys(networkInterfaces()).filter((name) => /^(docker|sk|br-)/.test(name)),
    cgroups: readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' }).filter((path) =>
      /(^|\/)(docker|seamark-engine-[^/]*)$/.test(path),
    ),
  };
}

/** Programs whose environment or arguments name the engine's socket. */
function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    });
}

describe.skipIf(unmet('kind', ...clusterRequirements('kind')))('a kind cluster', () => {
  const before = machine();
  let cluster: TestCluster;
  let client: LanHost;
  let address: string;

  const answer = async (): Promise<string> => {
    const { stdout } = await client.run('dig', [`@${address}`, 'who.test', 'TXT', '+short', '+tries=1', '+time=1'], { timeoutMs: 5_000 });
    if (!stdout.includes('here')) throw new Error(`no answer from ${address}: ${stdout}`);
    return stdout;
  };

  beforeAll(async () => {
    cluster = await openCluster({ on: 'kind', nodes: 1 });
    client = cluster.client!;
    address = cluster.pools.ipv4.split('-')[0]!;
  }, 400_000);
  afterAll(() => cluster?.[Symbol.asyncDispose](), 60_000);

  test('has a control plane node and the nodes that were asked for, of both address families', async () => {
    expect(cluster.nodes).toHaveLength(1);
    const nodes = JSON.parse(await cluster.kubectl(['get', 'nodes', '-o', 'json'])) as { items: { spec: { podCIDRs: string[] } }[] };
    expect(nodes.items).toHaveLength(2);
    expect(nodes.items.map(({ spec }) => spec.podCIDRs.map((range) => range.includes(':')))).toEqual([
      [false, true],
      [false, true],
    ]);
    expect(cluster.capabilities).toContain('dual-stack');
  });

  test('runs a loaded image, and its Service answers the client host at an address of the pool', async () => {
    const { archive, reference } = await buildImage('coredns');
    await cluster.loadImage(archive);
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(who(reference)) });
    await cluster.kubectl(['rollout', 'status', 'deployment/who', '--timeout=60s']);
    await cluster.kubectl([
      'patch',
      'service/who',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: address }] } } }),
    ]);
    expect(await eventually(answer)).toContain('here');
  });

  test('gives claims a volume', async () => {
    const phase = await cluster.kubectl(['get', 'pvc/who', '-o', 'jsonpath={.status.phase}']);
    expect(phase).toBe('Bound');
  });

  test('loses a node that is cut off, and has it again when it is healed', async () => {
    const [node] = cluster.nodes as [string];
    await cluster.faults!.cut(node);
    await expect(answer()).rejects.toThrow('no answer');
    await cluster.faults!.heal(node);
    await eventually(answer);
    await cluster.faults!.partition(node, ['client']);
    await expect(answer()).rejects.toThrow('no answer');
    await cluster.faults!.heal(node);
    await eventually(answer);
  });

  test('loses a node that is frozen or powered off, and has it again on the same disk', async () => {
    const [node] = cluster.nodes as [string];
    await cluster.faults!.freeze(node);
    await expect(answer()).rejects.toThrow('no answer');
    await cluster.faults!.thaw(node);
    await eventually(answer);
    await cluster.faults!.powerOff(node);
    await expect(answer()).rejects.toThrow('no answer');
    await cluster.faults!.powerOn(node);
    await eventually(answer, { timeoutMs: 60_000 });
  });

  test('goes on serving without its API server', async () => {
    await cluster.faults!.stopApiServer();
    await expect(cluster.kubectl(['get', '--raw', '/readyz'], { timeoutMs: 5_000 })).rejects.toThrow();
    await answer();
    await cluster.faults!.startApiServer();
    expect(await cluster.kubectl(['get', '--raw', '/readyz'])).toBe('ok');
  });

  test('is gone without a trace when it is disposed of', async () => {
    await cluster[Symbol.asyncDispose]();
    expect(existsSync(cluster.kubeconfigFile)).toBe(false);
    await eventually(() => expect(machine()).toEqual(before));
  });
});

describe.skipIf(unmet('an engine of our own', kindRequirement(false)))('an engine of our own', () => {
  test('ends with the process that started it, also by SIGKILL, and the next one cleans up', async () => {
    const script = `
      const { startOwnEngine } = await import('${join(import.meta.dirname, '../kind/docker-engine.ts')}');
      const engine = await startOwnEngine('engine-crash');
      console.log(JSON.stringify([engine.env.DOCKER_HOST, await engine.docker(['network', 'create', '--driver=bridge', 'left-behind'])]));
      setInterval(() => undefined, 1_000);`;
    const child = spawn(process.execPath, ['--conditions=@seamark/source', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const [socket] = JSON.parse(line) as [string];
    const folder = join(socket.replace('unix://', ''), '..');
    expect(processesWith(folder)).not.toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await eventually(() => expect(processesWith(folder)).toEqual([]));

    await using engine = await startOwnEngine('engine-crash');
    expect(engine.env['DOCKER_HOST']).toBe(socket);
    expect(await engine.docker(['network', 'ls', '--format={{.Name}}'])).not.toContain('left-behind');
  }, 60_000);
});

/** A name server that answers with a text of its own, and keeps a volume. */
function who(image: string): unknown {
  const corefile = '.:5353 {\n  template IN TXT who.test {\n    answer "{{ .Name }} 0 IN TXT here"\n  }\n}\n';
  const labels = { app: 'who' };
  const items = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'who' }, data: { Corefile: corefile } },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'who' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'who' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [
              {
                name: 'who',
                image,
                args: ['-conf', '/config/Corefile'],
                volumeMounts: [
                  { name: 'config', mountPath: '/config' },
                  { name: 'data', mountPath: '/data' },
                ],
              },
            ],
            volumes: [
              { name: 'config', configMap: { name: 'who' } },
              { name: 'data', persistentVolumeClaim: { claimName: 'who' } },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'who' },
      spec: { type: 'LoadBalancer', selector: labels, ports: [{ port: 53, targetPort: 5353, protocol: 'UDP' }] },
    },
  ];
  return { apiVersion: 'v1', kind: 'List', items };
}
