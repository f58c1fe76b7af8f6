import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { builtToolFolder } from '@seamark/testkit';
import type { LanHost } from '../cluster/test-cluster.ts';
import { endLab, type Lab, openLab, startLab } from './lab.ts';
import { LabError } from './lab-error.ts';
import { labNames, readRecord } from './lab-record.ts';
import { removeAllRemains } from './remains.ts';
import { statusText, upText } from './status-text.ts';
import { usage } from './usage.ts';

const options = {
  name: { type: 'string', default: 'lab' },
  nodes: { type: 'string' },
  'kubernetes-only': { type: 'boolean' },
  'proxy-mode': { type: 'string' },
  'second-segment': { type: 'boolean' },
  from: { type: 'string' },
  percent: { type: 'string' },
  ms: { type: 'string' },
  json: { type: 'boolean' },
  all: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new LabError(`${error instanceof Error ? error.message : String(error)} (npm run lab -- --help)`);
  }
}

/** Runs `lab ARGUMENTS`; resolves with the exit code. */
export async function runLabCommand(args: readonly string[], signal: AbortSignal): Promise<number> {
  const separator = args.indexOf('--');
  const { values, positionals } = parse(separator === -1 ? args : args.slice(0, separator));
  const [command, ...rest] = positionals;
  if (values.help === true || command === undefined) {
    process.stdout.write(usage[command ?? ''] ?? usage[''] ?? '');
    return command === undefined && values.help !== true ? 2 : 0;
  }
  switch (command) {
    case 'up':
      return up(values, rest, signal);
    case 'status':
      return status(values);
    case 'load':
      return load(values, rest);
    case 'kubeconfig':
      return withLab(values.name, async (lab) => print(`${lab.kubeconfigFile}\n`));
    case 'env':
      return withLab(values.name, async (lab) => {
        const folders = ['kubernetes', 'helm'].map((tool) => builtToolFolder(tool));
        print(`export KUBECONFIG='${lab.kubeconfigFile}'\nexport PATH='${folders.join(':')}':"$PATH"\n`);
      });
    case 'run':
      return run(values, rest, separator === -1 ? [] : args.slice(separator + 1));
    case 'fault':
      return fault(values, rest);
    case 'logs':
      return withLab(values.name, async (lab) => {
        for (const { name, file, text } of lab.logs(rest[0])) print(`==> ${name} (${file})\n${text}\n`);
      });
    case 'down':
      return down(values);
    default:
      throw new LabError(
        `there is no command ${command}; there are ${Object.keys(usage).filter(Boolean).join(', ')} (npm run lab -- --help)`,
      );
  }
}

async function up(values: Values, rest: readonly string[], signal: AbortSignal): Promise<number> {
  if (rest.length > 0) throw new LabError(`up takes no argument ${rest[0]} (npm run lab -- up --help)`);
  const nodes = values.nodes === undefined ? 3 : Number(values.nodes);
  const proxyMode = values['proxy-mode'] ?? 'nftables';
  if (proxyMode !== 'nftables' && proxyMode !== 'iptables')
    throw new LabError(`--proxy-mode ${proxyMode}: there are nftables and iptables`);
  const begin = performance.now();
  const onProgress = (step: string): void => print(`${((performance.now() - begin) / 1000).toFixed(1).padStart(5)} s  ${step}\n`);
  const lab = await startLab({
    name: values.name,
    nodes,
    proxyMode,
    stays: true,
    signal,
    onProgress,
    secondSegment: values['second-segment'] ?? false,
  });
  if (values['kubernetes-only'] !== true) {
    // A lab whose Seamark failed stays: a person wants to see why.
    const { installSeamark } = await import('./install-seamark.ts');
    await installSeamark(lab, onProgress);
  }
  print(upText(await lab.status()));
  return 0;
}

async function status(values: Values): Promise<number> {
  return withLab(values.name, async (lab) => {
    const current = await lab.status();
    print(values.json === true ? `${JSON.stringify(current, undefined, 2)}\n` : statusText(current));
  });
}

async function load(values: Values, archives: readonly string[]): Promise<number> {
  const missing = archives.find((archive) => !existsSync(archive));
  if (archives.length === 0 || missing !== undefined) {
    throw new LabError(
      `load: ${missing === undefined ? 'no archive given' : `there is no file ${missing}`} (npm run image writes archives)`,
    );
  }
  return withLab(values.name, async (lab) => {
    for (const archive of archives) await lab.loadImage(archive);
  });
}

async function run(values: Values, [hostName, ...rest]: readonly string[], commandLine: readonly string[]): Promise<number> {
  const [program, ...args] = [...rest, ...commandLine];
  if (hostName === undefined || program === undefined) throw new LabError('run: npm run lab -- run HOST -- COMMAND [ARGUMENT…]');
  const lab = await openLab(values.name);
  const [entry, ...entryArgs] = hostOf(lab, hostName).commandLine(program, args);
  return new Promise((resolve, reject) => {
    const child = spawn(entry, entryArgs, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

function hostOf(lab: Lab, name: string): LanHost {
  return lab.nodes.includes(name) ? lab.node(name) : lab.host(name);
}

async function fault(values: Values, [kind, ...nodes]: readonly string[]): Promise<number> {
  return withLab(values.name, async ({ faults }) => {
    if (kind === 'api-server-stop') return faults.stopApiServer();
    if (kind === 'api-server-start') return faults.startApiServer();
    if (kind === undefined || nodes.length === 0)
      throw new LabError('fault: a kind and at least one node are needed (npm run lab -- fault --help)');
    const peers = values.from?.split(',');
    const need = (value: string | undefined, option: string): number => {
      if (value === undefined || !Number.isFinite(Number(value))) throw new LabError(`fault ${kind}: ${option} with a number is needed`);
      return Number(value);
    };
    const act: Readonly<Record<string, (node: string) => Promise<void>>> = {
      'power-off': (node) => faults.powerOff(node),
      'power-on': (node) => faults.powerOn(node),
      cut: (node) => faults.cut(node),
      heal: (node) => faults.heal(node),
      freeze: (node) => faults.freeze(node),
      thaw: (node) => faults.thaw(node),
      partition: (node) => {
        if (peers === undefined) throw new LabError('fault partition: --from PEER[,PEER…] is needed');
        return faults.partition(node, peers);
      },
      loss: (node) => faults.loss(node, need(values.percent, '--percent') / 100),
      latency: (node) => faults.latency(node, need(values.ms, '--ms')),
    };
    const apply = act[kind];
    if (apply === undefined)
      throw new LabError(`fault ${kind}: there are ${Object.keys(act).join(', ')}, api-server-stop, api-server-start`);
    await Promise.all(nodes.map((node) => apply(node)));
  });
}

async function down(values: Values): Promise<number> {
  const names = values.all === true ? labNames() : [values.name];
  for (const name of names) print((await endLab(name)) ? `lab ${name} ended\n` : `there is no lab ${name}\n`);
  for (const name of await removeAllRemains()) print(`removed what a crash left of lab ${name}\n`);
  return 0;
}

async function withLab(name: string, act: (lab: Lab) => Promise<void>): Promise<number> {
  if (process.getuid?.() !== 0 && readRecord(name) === undefined) throw new LabError('the lab needs root (sudo npm run lab -- …)');
  await using lab = await openLab(name);
  await act(lab);
  return 0;
}

function print(text: string): void {
  process.stdout.write(text);
}
