import type { LabStatus } from './running-lab.ts';

/** What `lab status` prints. */
export function statusText(status: LabStatus): string {
  const rows = [
    ['NODE', 'POWER', 'LINK', 'READY', 'IPV4', 'IPV6'],
    ...status.nodes.map((node) => [
      node.name,
      node.power,
      node.link,
      node.ready === undefined ? 'unknown' : node.ready ? 'yes' : 'no',
      node.ipv4,
      node.ipv6,
    ]),
  ];
  const hosts = [['HOST', 'IPV4', 'IPV6'], ...status.hosts.map(({ name, ipv4, ipv6 }) => [name, ipv4, ipv6])];
  const parts = Object.entries(status.controlPlane).map(([name, state]) => `${name} ${state}`);
  return `lab ${status.name}

${table(rows)}
${table(hosts)}
control plane   ${parts.join(', ')}
pools           ${status.pools.ipv4}, ${status.pools.ipv6}
                until a speaker announces them, client and router have static routes for these over the nodes with power and link
NetworkPolicy   accepted, not enforced: this lab's CNI has no policies
kubeconfig      ${status.kubeconfigFile}
`;
}

/** What `lab up` prints at its end. */
export function upText(status: LabStatus): string {
  const option = status.name === 'lab' ? '' : ` --name ${status.name}`;
  return `
${statusText(status)}
  export KUBECONFIG=${status.kubeconfigFile}
  npm run lab -- run client${option} -- ip route
  npm run lab -- down${option}
`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}
