import { programRequirement, type Requirement } from '../requirement.ts';
import { type NameServer, type NameServerOptions, type NameServerProgram, startNameServer } from './name-server.ts';

const bind: NameServerProgram = {
  software: 'BIND',
  program: 'named',
  debianPackage: 'bind9',
  configure: ({ zones, extraOptions = [] }, port, folder) =>
    [
      'options {',
      `  directory "${folder}";`,
      `  listen-on port ${port} { 127.0.0.1; };`,
      '  listen-on-v6 { none; };',
      '  pid-file none; session-keyfile none; lock-file none;',
      '  recursion no; allow-query { any; }; notify no; dnssec-validation no; empty-zones-enable no;',
      '  check-names primary ignore; check-mx ignore; check-mx-cname ignore; check-srv-cname ignore; check-integrity no;',
      ...extraOptions.map((line) => `  ${line}`),
      '};',
      'controls { };',
      ...zones.map(({ name, file }) => `zone "${name}" { type primary; file "${file}"; };`),
      '',
    ].join('\n'),
  args: (configuration) => ['-g', '-c', configuration],
  // Alone on its line: among the first lines is one that says what it is "running on".
  ready: /\brunning\s*$/m,
};

/** Requires named on PATH. */
export function bindRequirement(): Requirement {
  return programRequirement(bind.program, bind.debianPackage);
}

/** Starts BIND's named as an authoritative server. */
export function startBind(options: NameServerOptions): Promise<NameServer> {
  const threads = options.workers ?? 1;
  return startNameServer({ ...bind, args: (configuration) => [...bind.args(configuration), '-n', String(threads)] }, options);
}
