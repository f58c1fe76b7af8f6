import { integer, list, object, oneOf, optional, port, text } from './builders.mjs';

const zone = object('A zone of a server', {
  zone: text('Zone; default: the root'),
  scheme: oneOf('Transport; default: plain DNS', ['', 'dns://', 'tls://', 'https://']),
  use_tcp: { description: 'Taken and not needed: plain DNS is answered by UDP and TCP', type: 'boolean' },
});

const plugin = (directives) => ({
  ...object('A directive', {
    name: oneOf('Its name', directives),
    parameters: { description: 'What follows on its line', type: ['string', 'number', 'boolean'] },
    configBlock: text('The lines of its block'),
  }),
  required: ['name'],
});

const server = (directives) => ({
  ...object('A server block', {
    zones: list('Its zones; default: the root', zone),
    port: optional(port('Port of all its zones in the pod; default: dnsPort, 853 for tls://, 443 for https://')),
    plugins: list('Its directives', plugin(directives)),
    servicePort: port('Port of the Service; default: port, and service.port for the first one'),
    nodePort: port('Port of the nodes'),
    hostPort: port('Port of the pod’s node'),
  }),
  required: ['plugins'],
});

/** Values of authoritative-dns that make a Corefile, under the names that CoreDNS’s chart has for them; `directives` are those that there are. */
export const corefileValues = (directives) => ({
  servers: list(
    'Server blocks of a Corefile, each with zones, port, plugins (name, parameters, configBlock), servicePort, nodePort, hostPort',
    server(directives),
  ),
  corefile: text('A Corefile as text, instead of servers'),
  zoneFiles: list('Zone files beside the Corefile, each with filename and contents', {
    ...object('A zone file', {
      filename: text('Its name', { pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]*$' }),
      domain: text('Taken and not needed: the directive file names the zone'),
      contents: text('Its text'),
    }),
    required: ['filename', 'contents'],
  }),
  extraSecrets: list('Secrets that the Corefile’s pods mount, each with name, mountPath and defaultMode', {
    ...object('A Secret', {
      name: text('Its name'),
      mountPath: text('Folder of its files'),
      defaultMode: integer('Mode of the files; default: 0440'),
    }),
    required: ['name', 'mountPath'],
  }),
});
