import { SeamarkError } from '@seamark/common/errors';

/** A member that the cluster is to have. */
export interface WantedMember {
  readonly name: string;
  /** Where members reach it. */
  readonly peerUrl: string;
  /** Where clients reach it. */
  readonly clientUrl: string;
}

/**
 * Reads two lists in the form of etcd's `--initial-cluster` (`NAME=URL,NAME=URL`), of peer and of client URLs. Throws SM_CONFIG_INVALID
 * when they do not name the same members or `self` is not among them.
 */
export function parseWantedMembers(initialCluster: string, clientUrls: string, self: string): readonly WantedMember[] {
  const peers = parse('--initial-cluster', initialCluster);
  const clients = parse('--client-urls', clientUrls);
  if (!peers.has(self)) throw invalid(`--initial-cluster does not name ${self} (it names ${[...peers.keys()].join(', ')})`);
  if (peers.size !== clients.size) throw invalid('--initial-cluster and --client-urls must name the same members');
  return [...peers].map(([name, peerUrl]) => {
    const clientUrl = clients.get(name);
    if (clientUrl === undefined) throw invalid(`--client-urls does not name ${name}`);
    return { name, peerUrl, clientUrl };
  });
}

function parse(flag: string, text: string): ReadonlyMap<string, string> {
  const urls = new Map<string, string>();
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, equals).trim();
    const url = part.slice(equals + 1).trim();
    if (equals < 1 || !/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '') || urls.has(name))
      throw invalid(`${flag}: ${JSON.stringify(part)} is not possible; allowed: NAME=URL, each name once`);
    urls.set(name, url.replace(/\/$/, ''));
  }
  return urls;
}

function invalid(message: string): SeamarkError {
  return new SeamarkError('SM_CONFIG_INVALID', message);
}
