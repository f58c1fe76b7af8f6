import { eventually } from '@seamark/testkit';
import type { ClusterFaults } from '../cluster/test-cluster.ts';
import { mustRun, runProgram } from '../lab/run-program.ts';
import type { KindParts } from './kind-cluster.ts';

const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const manifestAside = '/etc/kubernetes/kube-apiserver.yaml';

/** What replaces or deletes the queueing of a node's link. */
const delay = (verb: string): readonly string[] => ['qdisc', verb, 'dev', 'eth0', 'root'];

/** Faults of a kind cluster, made from outside its nodes: by the engine, and on the bridge's end of their links. */
export function kindFaults(parts: KindParts): ClusterFaults {
  const { engine, network, kubectl } = parts;
  const controlPlane = `${parts.name}-control-plane`;
  const onHost = (command: string, ...args: string[]): Promise<string> => mustRun(engine.commandLine(command, args));
  const onNode = (node: string, ...command: string[]): Promise<string> => engine.docker(['exec', node, ...command]);

  /** The bridge's end of a node's link. */
  const linkOf = async (node: string): Promise<string> => {
    const index = Number(await onNode(node, 'cat', '/sys/class/net/eth0/iflink'));
    const links = JSON.parse(await onHost('ip', '-json', 'link', 'show')) as { ifindex: number; ifname: string }[];
    const link = links.find(({ ifindex }) => ifindex === index)?.ifname;
    if (link === undefined) throw new Error(`the link of ${node} is not on ${network.bridge}`);
    return link;
  };
  const tableOf = (node: string): string => `faults-${node}`;
  /** Adds rules to the node's own table on the bridge. */
  const addRules = async (node: string, rules: readonly string[]): Promise<void> => {
    const chains = ['prerouting', 'input', 'output', 'forward'].map((hook) => {
      const mine = rules.filter((rule) => rule.startsWith(`${hook} `)).map((rule) => rule.slice(hook.length));
      return `  chain ${hook} {\n    type filter hook ${hook} priority 0\n${mine.join('\n')}\n  }`;
    });
    const script = `table bridge ${tableOf(node)} {\n${chains.join('\n')}\n}`;
    await mustRun(engine.commandLine('nft', ['-f', '-']), { input: `${script}\n` });
  };

  return {
    async powerOff(node) {
      await engine.docker(['kill', '--signal=KILL', node]);
      await parts.reconnect().catch(() => undefined);
    },
    async powerOn(node) {
      await engine.docker(['start', node]);
      await eventually(
        async () => {
          await parts.reconnect();
          await kubectl(['wait', '--for=condition=Ready', `node/${node}`, '--timeout=5s']);
        },
        { timeoutMs: 90_000, everyMs: 500 },
      );
    },
    async cut(node) {
      await onHost('ip', 'link', 'set', 'dev', await linkOf(node), 'down');
    },
    async heal(node) {
      await onHost('ip', 'link', 'set', 'dev', await linkOf(node), 'up');
      await runProgram(engine.commandLine('nft', ['delete', 'table', 'bridge', tableOf(node)]));
      await runProgram(['docker', 'exec', node, 'tc', ...delay('delete')], { env: engine.env });
    },
    freeze: async (node) => void (await engine.docker(['pause', node])),
    thaw: async (node) => void (await engine.docker(['unpause', node])),
    async partition(node, peers) {
      const mine = await linkOf(node);
      const rules: string[] = [];
      for (const peer of peers) {
        if (peer === 'client' || peer === 'router') rules.push(`input iifname "${mine}" drop`, `output oifname "${mine}" drop`);
        else {
          const theirs = await linkOf(peer === 'control-plane' ? controlPlane : peer);
          rules.push(`forward iifname "${mine}" oifname "${theirs}" drop`, `forward iifname "${theirs}" oifname "${mine}" drop`);
        }
      }
      await addRules(node, rules);
    },
    loss: async (node, share) =>
      addRules(node, [`prerouting iifname "${await linkOf(node)}" numgen random mod 100000 < ${Math.round(share * 100_000)} drop`]),
    async latency(node, delayMs) {
      const { code, stderr } = await runProgram(['docker', 'exec', node, 'tc', ...delay('replace'), 'netem', 'delay', `${delayMs}ms`], {
        env: engine.env,
      });
      if (code !== 0) throw new Error(`latency: ${stderr.trim()} (the kernel of this machine may have no sch_netem)`);
    },
    async stopApiServer() {
      await onNode(controlPlane, 'mv', manifest, manifestAside);
      await onNode(controlPlane, 'pkill', '-KILL', '-x', 'kube-apiserver');
      await eventually(async () => {
        if ((await runProgram(['docker', 'exec', controlPlane, 'pgrep', '-x', 'kube-apiserver'], { env: engine.env })).code === 0) {
          await onNode(controlPlane, 'pkill', '-KILL', '-x', 'kube-apiserver').catch(() => undefined);
          throw new Error('the API server was started once more');
        }
      });
    },
    async startApiServer() {
      await onNode(controlPlane, 'mv', manifestAside, manifest);
      await eventually(async () => void (await kubectl(['get', '--raw', '/readyz'], { timeoutMs: 5_000 })), {
        timeoutMs: 90_000,
        everyMs: 500,
      });
    },
  };
}
