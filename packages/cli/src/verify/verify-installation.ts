import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, dnsEndpointKind, type ObjectKey } from '@seamark/common/cluster';
import { isSeamarkError, SeamarkError } from '@seamark/common/errors';
import type { DnsEndpoint } from '@seamark/common/model';
import { askServer, type ServerAddress, type ServerAnswer } from './ask-server.ts';

/** Options of {@link verifyInstallation}. */
export interface VerifyOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Name of the record; in a zone that is served, and unused. */
  readonly name: string;
  readonly server: ServerAddress;
  /** For the whole, in ms; deleting the object comes on top. */
  readonly timeoutMs: number;
  /** Told each link that holds. */
  readonly report: (sentence: string) => void;
  /** Ends the check; the object is deleted all the same. */
  readonly signal?: AbortSignal;
}

const protocols = ['udp', 'tcp'] as const;
const pauseMs = 100;

/**
 * Follows one record all the way: creates a DNSEndpoint, waits for its answer over UDP and TCP, deletes it, and waits until it is gone.
 * Rejects with SM_VERIFY_FAILED naming the first link that is broken. The DNSEndpoint is deleted whatever happens.
 */
export async function verifyInstallation(options: VerifyOptions): Promise<void> {
  const { cluster, namespace, name, server, report } = options;
  const deadline = performance.now() + options.timeoutMs;
  const where = `${server.host}:${server.port}`;
  const hasTime = (): boolean => performance.now() < deadline && options.signal?.aborted !== true;
  // The name server itself comes first: without it no other link can be judged.
  for (const protocol of protocols) {
    const answer = await askUntil(options, protocol, (given) => !('silent' in given), hasTime);
    if ('silent' in answer)
      throw broken(
        `the name server ${where} does not answer by ${protocol.toUpperCase()}: ${answer.silent}`,
        'authoritative-dns and its Service',
      );
    if (answer.code === 'REFUSED')
      throw broken(`${where} refuses ${name}: it is not in a zone that is served`, 'authoritative-dns, setting authoritativeDns.zones');
    if (answer.addresses.length > 0)
      throw broken(`${name} has an answer already (${answer.addresses.join(', ')})`, 'another object; give a name that is unused');
  }
  report(`${where} answers by UDP and TCP`);

  // TEST-NET-1 (RFC 5737): an address that nobody has.
  const address = `192.0.2.${randomInt(1, 255)}`;
  const key = { namespace, name: `seamark-verify-${randomInt(2 ** 40).toString(36)}` };
  await create(cluster, key, name, address);
  try {
    report(`DNSEndpoint ${namespace}/${key.name} created: ${name} A ${address}`);
    for (const protocol of protocols) {
      const startedMs = performance.now();
      const answer = await askUntil(options, protocol, (given) => has(given, address), hasTime);
      if (!has(answer, address))
        throw broken(
          `${name} A ${address} is not answered by ${protocol.toUpperCase()}: ${shown(answer)}`,
          'dns-sync (its sources, domain filters and etcd), then authoritative-dns (its etcd)',
        );
      report(`answered by ${protocol.toUpperCase()} after ${Math.round(performance.now() - startedMs)} ms`);
    }
  } finally {
    await cluster.delete(dnsEndpointKind, key);
  }
  const answer = await askUntil(options, 'udp', (given) => !('silent' in given) && given.addresses.length === 0, hasTime);
  if ('silent' in answer || answer.addresses.length > 0)
    throw broken(
      `${name} is still answered after its DNSEndpoint was deleted: ${shown(answer)}`,
      'dns-sync; with policy upsert-only or create-only records stay',
    );
  report('gone after the DNSEndpoint was deleted');
}

async function create(cluster: Cluster, key: ObjectKey & { readonly namespace: string }, dnsName: string, address: string): Promise<void> {
  const object: DnsEndpoint = {
    apiVersion: 'externaldns.k8s.io/v1alpha1',
    kind: 'DNSEndpoint',
    metadata: { ...key },
    spec: { endpoints: [{ dnsName, recordType: 'A', targets: [address], recordTTL: 1 }] },
  };
  try {
    await cluster.create(dnsEndpointKind, object);
  } catch (error) {
    if (!isSeamarkError(error, 'SM_CLUSTER_NOT_FOUND')) throw error;
    throw broken(`the API server does not know DNSEndpoints, or namespace ${key.namespace}`, 'the CRDs: seamark install-crds');
  }
}

/** Asks until the answer is good or there is no time left; resolves with the last answer. */
async function askUntil(
  { server, name }: VerifyOptions,
  protocol: 'udp' | 'tcp',
  isGood: (answer: ServerAnswer) => boolean,
  hasTime: () => boolean,
): Promise<ServerAnswer> {
  for (;;) {
    const answer = await askServer(server, protocol, name);
    if (isGood(answer) || !hasTime()) return answer;
    await delay(pauseMs);
  }
}

function has(answer: ServerAnswer, address: string): boolean {
  return !('silent' in answer) && answer.addresses.includes(address);
}

function shown(answer: ServerAnswer): string {
  if ('silent' in answer) return answer.silent;
  return answer.addresses.length > 0 ? answer.addresses.join(', ') : answer.code;
}

function broken(what: string, look: string): SeamarkError {
  return new SeamarkError('SM_VERIFY_FAILED', what, { remedy: `Look at ${look}.` });
}
