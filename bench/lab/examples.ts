/** Names of the examples folder that have an address; one of each folder, so that all of it has been read when they answer. */
export const exampleNames = [
  'webapp.example.org',
  'shell-7f3a91c2.env.example.org',
  'httpbin.example.org',
  'nginx.corp.example.org',
] as const;
