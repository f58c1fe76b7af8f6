import { type HostAddresses, hostAddresses, hostNumbers } from './address-plan.ts';
import { LabError } from './lab-error.ts';
import type { KeptProcess } from './kept-process.ts';
import { addressCommands, inNetworkOf, makeNetworkNamespace, runIp, setSysctls } from './network-namespace.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { mustRun, runProgram } from './run-program.ts';

/** What is wrong with the wire between a host and the switch. */
interface WireFaults {
  cut: boolean;
  readonly partitionedFrom: Set<string>;
  lossShare: number;
  delayMs: number;
}

/**
 * The lab's LAN: a switch in a namespace of its own, into which every host has a wire. The machine's own network namespace has no
 * part in it: no bridge, address, route or rule is added there.
 */
export class Lan {
  readonly #switch: KeptProcess;
  readonly #secondSegment: boolean;
  readonly #faults = new Map<string, WireFaults>();
  /** Rules are replaced as a whole, one change at a time. */
  #change: Promise<void> = Promise.resolve();

  private constructor(holder: KeptProcess, secondSegment: boolean) {
    this.#switch = holder;
    this.#secondSegment = secondSegment;
  }

  /** Makes the switch, with a second segment when asked for. */
  static async create(secondSegment: boolean): Promise<Lan> {
    const holder = await makeNetworkNamespace('switch');
    const segments = secondSegment ? ['lan', 'lan2'] : ['lan'];
    await setSysctls(holder.identity, {
      // The switch is no host: no addresses of its own, and no packet filter of a host over what it forwards.
      'net.ipv6.conf.default.disable_ipv6': 1,
      'net.bridge.bridge-nf-call-iptables': 0,
      'net.bridge.bridge-nf-call-ip6tables': 0,
    }).catch(() => undefined);
    // Without snooping every multicast frame (neighbour discovery) is flooded at once, as on a plain switch.
    await runIp(
      holder.identity,
      segments.flatMap((segment) => [
        `link add ${segment} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`,
        `link set ${segment} up`,
      ]),
    );
    return new Lan(holder, secondSegment);
  }

  /** Processes that keep the switch. */
  get processes(): readonly ProcessIdentity[] {
    return [this.#switch.identity];
  }

  /** Makes a namespace with wires to the switch and the addresses of `number`. */
  async addHost(name: keyof typeof hostNumbers, links: readonly ('eth0' | 'eth1')[] = ['eth0']): Promise<KeptProcess> {
    const holder = await makeNetworkNamespace(name);
    await this.plugIn(name, holder.identity, hostAddresses(hostNumbers[name]), hostNumbers[name], links);
    return holder;
  }

  /** Puts wires into the namespace of a process: eth0 to the LAN, eth1 to the second segment. `number` decides the MAC addresses. */
  async plugIn(
    name: string,
    target: ProcessIdentity,
    addresses: HostAddresses,
    number: number,
    links: readonly ('eth0' | 'eth1')[] = this.#secondSegment ? ['eth0', 'eth1'] : ['eth0'],
  ): Promise<void> {
    await setSysctls(target, { 'net.ipv6.conf.default.accept_dad': 0, 'net.ipv6.conf.default.accept_ra': 0 });
    const hex = number.toString(16).padStart(2, '0');
    await runIp(
      this.#switch.identity,
      links.flatMap((link) => {
        const [port, segment, byte] = link === 'eth0' ? [name, 'lan', '01'] : [secondPort(name), 'lan2', '02'];
        return [
          // The port of an earlier life of a node may still be there: the kernel removes namespaces at its leisure.
          `-link delete ${port}`,
          `link add ${port} type veth peer name ${link} address 02:5e:a0:00:${byte}:${hex} netns ${target.pid}`,
          `link set ${port} master ${segment} up`,
        ];
      }),
    );
    await runIp(target, ['link set lo up']);
    const commands = links.flatMap((link) => addressCommands(link, addresses, link === 'eth0' ? 'first' : 'second'));
    await runIp(target, commands);
    if (this.#faults.get(name)?.cut === true) await this.#setPorts(name, 'down');
  }

  /** Removes the wires of a host that is no more. */
  async unplug(name: string): Promise<void> {
    await runIp(this.#switch.identity, [`-link delete ${name}`, ...(this.#secondSegment ? [`-link delete ${secondPort(name)}`] : [])]);
  }

  /** True when nothing passes the host's wire. */
  isCut(name: string): boolean {
    return this.#faults.get(name)?.cut === true;
  }

  /** Takes the wire out of the switch: the host sees its link go down. */
  async cut(name: string): Promise<void> {
    this.#faultsOf(name).cut = true;
    await this.#setPorts(name, 'down');
  }

  /** Drops frames between the host and the peers, both ways. */
  async partition(name: string, peers: readonly string[]): Promise<void> {
    for (const peer of peers) this.#faultsOf(name).partitionedFrom.add(peer);
    await this.#applyRules();
  }

  /** Drops this share of the frames that the host sends. */
  async loss(name: string, share: number): Promise<void> {
    this.#faultsOf(name).lossShare = share;
    await this.#applyRules();
  }

  /** Delays what the host sends, by the kernel's netem. Throws where the kernel has none. */
  async latency(name: string, target: ProcessIdentity, delayMs: number): Promise<void> {
    const links = this.#secondSegment ? ['eth0', 'eth1'] : ['eth0'];
    for (const link of links) {
      const { code, stderr } = await runProgram([
        ...inNetworkOf(target),
        'tc',
        'qdisc',
        'replace',
        'dev',
        link,
        'root',
        'netem',
        'delay',
        `${delayMs}ms`,
      ]);
      if (code !== 0) {
        throw new LabError(
          `fault latency: ${stderr.trim()} (the kernel of this machine has no netem: load sch_netem, or use a kernel with CONFIG_NET_SCH_NETEM)`,
        );
      }
    }
    this.#faultsOf(name).delayMs = delayMs;
  }

  /** Ends every fault of the host's wires. */
  async heal(name: string, target: ProcessIdentity | undefined): Promise<void> {
    const faults = this.#faults.get(name);
    this.#faults.delete(name);
    for (const other of this.#faults.values()) other.partitionedFrom.delete(name);
    await this.#applyRules();
    if (faults === undefined || target === undefined) return;
    if (faults.cut) await this.#setPorts(name, 'up');
    if (faults.delayMs > 0) {
      for (const link of this.#secondSegment ? ['eth0', 'eth1'] : ['eth0']) {
        await runProgram([...inNetworkOf(target), 'tc', 'qdisc', 'delete', 'dev', link, 'root']);
      }
    }
  }

  /** Removes the switch; wires of hosts that are still there go with it. */
  end(): Promise<void> {
    return this.#switch.end('SIGKILL');
  }

  #faultsOf(name: string): WireFaults {
    const present = this.#faults.get(name) ?? { cut: false, partitionedFrom: new Set(), lossShare: 0, delayMs: 0 };
    this.#faults.set(name, present);
    return present;
  }

  async #setPorts(name: string, state: 'up' | 'down'): Promise<void> {
    const ports = this.#secondSegment ? [name, secondPort(name)] : [name];
    await runIp(
      this.#switch.identity,
      ports.map((port) => `link set ${port} ${state}`),
    );
  }

  #applyRules(): Promise<void> {
    const rules = [...this.#faults].flatMap(([name, faults]) => [
      ...[...faults.partitionedFrom].flatMap((peer) => [drop(name, peer), drop(peer, name)]),
      ...lossRules(name, faults.lossShare),
    ]);
    const ruleset = `table bridge faults\ndelete table bridge faults\ntable bridge faults {\n  chain forward {\n    type filter hook forward priority 0\n    ${rules.join('\n    ')}\n  }\n}\n`;
    const change = this.#change.then(async () => {
      await mustRun([...inNetworkOf(this.#switch.identity), 'nft', '-f', '-'], { input: ruleset });
    });
    this.#change = change.catch(() => undefined);
    return change;
  }
}

function lossRules(name: string, share: number): string[] {
  const parts = Math.round(share * 100_000);
  if (parts === 0) return [];
  const which = parts === 100_000 ? '' : ` numgen random mod 100000 < ${parts}`;
  return [`iifname { "${name}", "${secondPort(name)}" }${which} drop`];
}

function drop(from: string, to: string): string {
  return `iifname { "${from}", "${secondPort(from)}" } oifname { "${to}", "${secondPort(to)}" } drop`;
}

/** Interface names have 15 characters at most: `control-plane` leaves room for one. */
function secondPort(name: string): string {
  return `${name}.2`;
}
