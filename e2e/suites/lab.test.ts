import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { eventually, unmet } from '@seamark/testkit';
import type { LanHost } from '../cluster/test-cluster.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endLab, type Lab, labRequirement, openLab, startLab } from '../lab/index.ts';
import { labFolder, readRecord } from '../lab/lab-record.ts';
import { runProgram } from '../lab/run-program.ts';

/** What a lab could leave on the machine, of this lab alone: other labs, clusters and engines may come and go meanwhile. */
function leftOf(lab: string): readonly string[] {
  const folder = labFolder(lab);
  const controllers = existsSync('/sys/fs/cgroup') ? readdirSync('/sys/fs/cgroup') : [];
  const processes = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => readOr(`/proc/${pid}/cmdline`).includes(folder) || readOr(`/proc/${pid}/cgroup`).includes(`/seamark-lab-${lab}/`))
    .filter((pid) => !readOr(`/proc/${pid}/stat`).includes(') Z '));
  return [
    ...controllers.map((controller) => `/sys/fs/cgroup/${controller}/seamark-lab-${lab}`).filter((path) => existsSync(path)),
    ...[`/sys/fs/cgroup/seamark-lab-${lab}`, folder].filter((path) => existsSync(path)),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(folder)),
    ...processes.map((pid) => `process ${pid}: ${readOr(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`),
  ];
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** What a lab must not change at all: links, addresses, routes and names of the machine's network, and kernel settings. */
async function machine(): Promise<unknown> {
  const output = async (...commandLine: [string, ...string[]]): Promise<string> => (await runProgram(commandLine)).stdout;
  const settings = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops', 'kernel/keys/root_maxkeys'];
  return {
    namespace: readlinkSync('/proc/self/ns/net'),
    links: (await output('ip', '-o', 'link')).split('\n').filter((line) => !/docker|veth|br-/.test(line)),
    addresses: (await output('ip', '-o', 'address')).split('\n').filter((line) => /192\.168\.[12]0\.|fd00:192/.test(line)),
    routes: (await output('ip', 'route')).split('\n').filter((line) => /192\.168\.[12]0\.|10\.244\.|10\.96\./.test(line)),
    names: (await output('ip', 'netns')).split('\n').filter((line) => /node\d|client|router|switch|control-plane/.test(line)),
    settings: settings.map((name) => `${name}=${readOr(`/proc/sys/${name}`).trim()}`),
  };
}

const answering = (name: string) => ({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { Corefile: '.:53 {\n  hosts {\n    203.0.113.7 www.example.org\n    2001:db8::7 www.example.org\n  }\n}\n' },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name,
                // The cluster's own DNS image: it is on every node.
                image: 'IMAGE',
                imagePullPolicy: 'Never',
                args: ['-conf', '/config/Corefile'],
                volumeMounts: [{ name: 'config', mountPath: '/config' }],
              },
            ],
            volumes: [{ name: 'config', configMap: { name } }],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: {
        type: 'LoadBalancer',
        ipFamilyPolicy: 'RequireDualStack',
        selector: { app: name },
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    },
  ],
});

describe.skipIf(unmet('the lab', labRequirement()))('a lab of two nodes', () => {
  let lab: Lab;
  let before: unknown;
  const [ipv4, ipv6] = ['192.168.10.200', 'fd00:192:168:10::1:1'];

  const ask = async (address: string, ...options: string[]): Promise<string> => {
    const { stdout } = await lab.client.run('dig', ['+short', '+time=1', '+tries=2', ...options, `@${address}`, 'www.example.org', 'AAAA']);
    return stdout.trim();
  };

  beforeAll(async () => {
    before = await machine();
    lab = await startLab({ nodes: 2 });
  });
  afterAll(async () => {
    await lab?.down();
  });

  test('runs pods on every node, and its Services answer the client host over IPv4 and IPv6, UDP and TCP', async () => {
    const image = await lab.kubectl([
      '-n',
      'kube-system',
      'get',
      'deployment/coredns',
      '-o',
      'jsonpath={.spec.template.spec.containers[0].image}',
    ]);
    await lab.kubectl(['apply', '-f', '-'], { input: JSON.stringify(answering('answering')).replace('IMAGE', image) });
    await lab.kubectl(['rollout', 'status', 'daemonset/answering', '--timeout=60s']);
    const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: ipv4 }, { ip: ipv6 }] } } });
    await lab.kubectl(['patch', 'service/answering', '--subresource=status', '--type=merge', '-p', status]);
    await eventually(
      async () => {
        for (const address of [ipv4, ipv6]) {
          expect(await ask(address)).toBe('2001:db8::7');
          expect(await ask(address, '+tcp')).toBe('2001:db8::7');
        }
      },
      { timeoutMs: 20_000, everyMs: 200 },
    );
  });

  test('resolves the names of Services for what runs on nodes', async () => {
    const { stdout } = await lab.node('node2').run('dig', ['+short', '@fd00:10:96::a', 'answering.default.svc.cluster.local', 'AAAA']);
    expect(stdout).toMatch(/^fd00:10:96:/);
  });

  test('gives a claim a volume on the node of its pod, and takes it back with the claim', async () => {
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
    };
    const image = await lab.kubectl([
      '-n',
      'kube-system',
      'get',
      'deployment/coredns',
      '-o',
      'jsonpath={.spec.template.spec.containers[0].image}',
    ]);
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'data' },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          { name: 'data', image, imagePullPolicy: 'Never', args: ['-dns.port=1053'], volumeMounts: [{ name: 'data', mountPath: '/data' }] },
        ],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    };
    await lab.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [claim, pod] }) });
    await lab.kubectl(['wait', 'pod/data', '--for=condition=Ready', '--timeout=60s']);
    const node = await lab.kubectl(['get', 'pod/data', '-o', 'jsonpath={.spec.nodeName}']);
    const volumes = async (): Promise<string> => (await lab.node(node).run('ls', ['/var/lib/lab-volumes'])).stdout;
    expect(await volumes()).toMatch(/^pvc-/);
    await lab.kubectl(['delete', 'pod/data', 'pvc/data', '--timeout=30s']);
    await eventually(async () => expect(await volumes()).toBe(''), { timeoutMs: 20_000, everyMs: 200 });
  });

  test('powers a node off and on again: the client host finds the Service on the other meanwhile', async () => {
    await lab.faults.powerOff('node1');
    expect((await lab.status()).nodes[0]).toMatchObject({ name: 'node1', power: 'off' });
    await lab.kubectl(['wait', 'node/node1', '--for=condition=Ready=Unknown', '--timeout=60s']);
    // The other node's kube-proxy learns of the lost pod a moment after the API server does.
    await eventually(async () => expect(await ask(ipv4)).toBe('2001:db8::7'), { timeoutMs: 20_000, everyMs: 200 });
    await lab.faults.powerOn('node1');
    await lab.kubectl(['rollout', 'status', 'daemonset/answering', '--timeout=60s']);
    expect((await lab.status()).nodes[0]).toMatchObject({ power: 'on', ready: true });
  });

  test('cuts, partitions, freezes and heals a node', async () => {
    // The kubelet's port tells what reaches the node, and whether its processes run. Answers are refusals: nobody is known.
    const answers = async (from: LanHost): Promise<boolean> => {
      return (await from.run('openssl', ['s_client', '-connect', '192.168.10.11:10250'], { timeoutMs: 2_000 })).code === 0;
    };
    const seen = async (): Promise<readonly boolean[]> => [await answers(lab.client), await answers(lab.node('node2'))];
    expect(await seen()).toEqual([true, true]);
    await lab.faults.cut('node1');
    expect(await seen()).toEqual([false, false]);
    await lab.faults.heal('node1');
    expect(await seen()).toEqual([true, true]);
    await lab.faults.partition('node1', ['node2']);
    expect(await seen()).toEqual([true, false]);
    await lab.faults.heal('node1');
    await lab.faults.loss('node1', 1);
    expect(await seen()).toEqual([false, false]);
    await lab.faults.heal('node1');
    await lab.faults.freeze('node1');
    expect(await seen()).toEqual([false, false]);
    await lab.faults.thaw('node1');
    expect(await seen()).toEqual([true, true]);
  });

  test('loses its API server and gets it back', async () => {
    await lab.faults.stopApiServer();
    await expect(lab.kubectl(['get', 'nodes', '--request-timeout=2s'])).rejects.toThrow();
    await lab.faults.startApiServer();
    expect(await lab.kubectl(['get', 'nodes', '-o', 'name'])).toBe('node/node1\nnode/node2\n');
  });

  test('leaves nothing, and has changed nothing of the machine', async () => {
    expect(await machine()).toEqual(before);
    const { name } = lab;
    expect(leftOf(name)).not.toEqual([]);
    await lab.down();
    expect(leftOf(name)).toEqual([]);
    expect(await machine()).toEqual(before);
    await expect(openLab(name)).rejects.toThrow(`there is no lab ${name}`);
  });
});

describe.skipIf(unmet('the lab after a crash', labRequirement()))('a lab whose owner crashes', () => {
  const index = resolve(import.meta.dirname, '../lab/index.ts');

  /** Starts a program that starts a lab and waits for ever. */
  async function ownedLab(name: string): Promise<{ readonly pid: number; readonly ended: Promise<void> }> {
    const script = `import { startLab } from ${JSON.stringify(index)}; await startLab({ name: '${name}', nodes: 1 }); console.log('up'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--conditions=@seamark/source', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<void>((done) => child.once('close', () => done()));
    await new Promise<void>((done, reject) => {
      child.stdout.once('data', () => done());
      child.once('close', (code) => reject(new Error(`ended with ${code}`)));
    });
    return { pid: child.pid ?? -1, ended };
  }

  test('goes with it after SIGKILL', async () => {
    const name = `killed-${process.pid}`;
    const owner = await ownedLab(name);
    process.kill(owner.pid, 'SIGKILL');
    await owner.ended;
    await eventually(() => expect(leftOf(name)).toEqual([]), { timeoutMs: 30_000, everyMs: 100 });
  });

  test('ends with its supervisor, and the next down removes what is no process', async () => {
    const name = `crashed-${process.pid}`;
    const owner = await ownedLab(name);
    const supervisor = readRecord(name)?.supervisor.pid ?? -1;
    process.kill(supervisor, 'SIGKILL');
    await eventually(() => expect(leftOf(name).filter((what) => what.startsWith('process'))).toEqual([]), {
      timeoutMs: 30_000,
      everyMs: 100,
    });
    process.kill(owner.pid, 'SIGKILL');
    await owner.ended;
    expect(await endLab(name)).toBe(true);
    expect(leftOf(name)).toEqual([]);
  });
});
