import { join } from 'node:path';
import { controlPlaneComponents } from './control-plane.ts';
import { LabError } from './lab-error.ts';
import { labFolder } from './lab-record.ts';
import { logTail } from './logs.ts';
import { nodeComponents } from './node/lab-node.ts';

/** A log of a lab. */
export interface LabLog {
  /** `kube-apiserver`, or `node1/kubelet`. */
  readonly name: string;
  readonly file: string;
  /** The last part of it. */
  readonly text: string;
}

/** Logs of a component, of a node, or of everything. */
export function readLogs(lab: string, nodes: readonly string[], of?: string): readonly LabLog[] {
  const folder = labFolder(lab);
  const all = [
    ...controlPlaneComponents.map((name) => ({
      name,
      owners: [name] as readonly string[],
      file: join(folder, 'control-plane/logs', `${name}.log`),
    })),
    ...nodes.flatMap((node) =>
      nodeComponents.map((name) => ({ name: `${node}/${name}`, owners: [node, name], file: join(folder, node, 'var/log', `${name}.log`) })),
    ),
  ];
  const wanted = of === undefined ? all : all.filter(({ name, owners }) => name === of || owners.includes(of));
  if (wanted.length === 0) {
    throw new LabError(
      `logs ${of}: there are logs of ${[...controlPlaneComponents, ...nodeComponents, ...nodes].join(', ')}, and of NODE/COMPONENT`,
    );
  }
  return wanted.map(({ name, file }) => ({ name, file, text: logTail(file, of === undefined ? 2_000 : 100_000) }));
}
