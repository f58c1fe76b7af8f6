import { programRequirement, type Requirement } from '../requirement.ts';
import { type NameServer, type NameServerOptions, type NameServerProgram, startNameServer } from './name-server.ts';

const nsd: NameServerProgram = {
  software: 'NSD',
  program: 'nsd',
  debianPackage: 'nsd',
  configure: ({ zones, workers = 1, extraOptions = [] }, port, folder) =>
    [
      'server:',
      `  ip-address: 127.0.0.1@${port}`,
      `  server-count: ${workers}`,
      '  username: ""',
      '  chroot: ""',
      `  zonesdir: "${folder}"`,
      '  database: ""',
      `  pidfile: "${folder}/nsd.pid"`,
      `  zonelistfile: "${folder}/zone.list"`,
      `  xfrdfile: "${folder}/xfrd.state"`,
      `  xfrdir: "${folder}"`,
      '  verbosity: 1',
      ...extraOptions.map((line) => `  ${line}`),
      'remote-control:',
      '  control-enable: no',
      ...zones.flatMap(({ name, file }) => ['zone:', `  name: ${name}`, `  zonefile: "${file}"`]),
      '',
    ].join('\n'),
  args: (configuration) => ['-d', '-c', configuration],
  ready: /nsd started/,
};

/** Requires nsd on PATH. */
export function nsdRequirement(): Requirement {
  return programRequirement(nsd.program, nsd.debianPackage);
}

/** Starts NSD. */
export function startNsd(options: NameServerOptions): Promise<NameServer> {
  return startNameServer(nsd, options);
}
