import { maximumNodes } from './address-plan.ts';
import { LabError } from './lab-error.ts';
import type { ProxyMode } from './node/node-files.ts';

/** What a lab is made of; all of it has a default. */
export interface LabOptions {
  /** Default: a name that nobody else has. */
  readonly name?: string;
  /** Default 3. */
  readonly nodes?: number;
  /** How kube-proxy directs the traffic of Services. Default: nftables. */
  readonly proxyMode?: ProxyMode;
  /** A second LAN with the router, all nodes (eth1) and a host `far-client`. Default: none. */
  readonly secondSegment?: boolean;
}

/** {@link LabOptions} with everything decided. */
export type DecidedLabOptions = Required<LabOptions>;

/** Fills in the defaults. Throws for what cannot be. */
export function decide(options: LabOptions): DecidedLabOptions {
  const nodes = options.nodes ?? 3;
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > maximumNodes) {
    throw new LabError(`--nodes ${options.nodes}: a lab has 1 to ${maximumNodes} nodes`);
  }
  const random = Math.random().toString(36).slice(2, 8);
  return {
    name: options.name ?? `test-${process.pid}-${random}`,
    nodes,
    proxyMode: options.proxyMode ?? 'nftables',
    secondSegment: options.secondSegment ?? false,
  };
}
