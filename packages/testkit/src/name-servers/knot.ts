import { programRequirement, type Requirement } from '../requirement.ts';
import { type NameServer, type NameServerOptions, type NameServerProgram, startNameServer } from './name-server.ts';

const knot: NameServerProgram = {
  software: 'Knot',
  program: 'knotd',
  debianPackage: 'knot',
  configure: ({ zones, workers = 1, extraOptions = [] }, port, folder) =>
    [
      'server:',
      `  rundir: "${folder}"`,
      `  listen: 127.0.0.1@${port}`,
      `  udp-workers: ${workers}`,
      `  tcp-workers: ${workers}`,
      '  background-workers: 1',
      ...extraOptions.map((line) => `  ${line}`),
      'database:',
      `  storage: "${folder}"`,
      'log:',
      '  - target: stderr',
      '    any: info',
      'template:',
      '  - id: default',
      '    zonefile-sync: -1',
      '    journal-content: none',
      '    semantic-checks: off',
      'zone:',
      ...zones.flatMap(({ name, file }) => [`  - domain: ${name}`, `    file: "${file}"`]),
      '',
    ].join('\n'),
  args: (configuration) => ['-c', configuration],
  // The sockets are open before the zones are there.
  ready: /server started/,
};

/** Requires knotd on PATH. */
export function knotRequirement(): Requirement {
  return programRequirement(knot.program, knot.debianPackage);
}

/** Starts Knot DNS. Its zones are loaded when this resolves. */
export async function startKnot(options: NameServerOptions): Promise<NameServer> {
  return startNameServer(knot, options);
}
