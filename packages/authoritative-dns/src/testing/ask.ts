import { dnsNameFromWire } from '@seamark/common/model';
import type { KeyValue } from '@seamark/kv-store-client';

import { createQuery, type DnsMessage, type Edns } from '../wire/message.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { encodeMessage } from '../wire/message-encoder.ts';
import { responseCodeName } from '../wire/protocol-codes.ts';
import { formatRecord } from '../wire/record-text.ts';
import { recordTypeCode } from '../wire/record-type.ts';
import { authoritativeChain } from '../authoritative-chain.ts';
import { Pipeline } from '../respond/pipeline.ts';
import { SkydnsZones, type SkydnsZonesOptions } from '../zone/skydns/index.ts';
import { testClient } from './client.ts';

/** Stored content as a test writes it: key below /skydns/ → value, objects as JSON. */
export type Content = Readonly<Record<string, unknown>>;

/** One stored key. */
export function keyValue(key: string, value: unknown, revision = 1): KeyValue {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { key: `/skydns/${key}`, value: Buffer.from(text), createRevision: revision, modRevision: revision, version: 1, lease: '0' };
}

/** Zones in mode `strict` with content as of revision 7. */
export function indexOf(content: Content, options: Partial<SkydnsZonesOptions> = {}): SkydnsZones {
  const zones = new SkydnsZones({ prefix: '/skydns/', zones: ['example.org'], mode: 'strict', hashSeed: 1, ...options });
  zones.reset(
    Object.entries(content).map(([key, value]) => keyValue(key, value)),
    7,
  );
  return zones;
}

/** A pipeline that answers from zones. */
export function pipelineOf(zones: SkydnsZones, isReady: () => boolean = () => true): Pipeline {
  return new Pipeline({ chain: authoritativeChain(zones), isReady });
}

/** An answer as a test states it: `rcode`, and the records of each section as lines of a zone file. */
export interface Sections {
  readonly rcode: string;
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
}

/** Asks without a socket, and checks what every answer must fulfil. */
export function ask(
  zones: SkydnsZones,
  question: string,
  options: { readonly edns?: Edns; readonly stream?: boolean } = {},
): Sections & { readonly message: DnsMessage } {
  const [name = '', type = ''] = question.split(' ');
  const query = encodeMessage(
    createQuery(
      { name, type: recordTypeCode(type) as number, class: 1 },
      { id: 4711, ...(options.edns === undefined ? {} : { edns: options.edns }) },
    ),
  );
  const out = new Uint8Array(65535);
  const length = pipelineOf(zones).answer(query, testClient(options.stream === false ? 'udp' : 'tcp'), out) as number;
  const message = decodeMessage(out.subarray(0, length));
  if (message.id !== 4711 || !message.response || message.recursionAvailable || message.questions[0]?.name !== name) {
    throw new Error(`a wrong header: ${JSON.stringify(message)}`);
  }
  return { ...sectionsOf(message), message };
}

/** The sections of a message as text. */
export function sectionsOf(message: DnsMessage): Sections {
  return {
    rcode: responseCodeName(message.responseCode),
    answer: message.answers.map(formatRecord),
    authority: message.authorities.map(formatRecord),
    additional: message.additionals.map(formatRecord),
  };
}

/** Names that exist in zones, sorted. */
export function namesOf(zones: SkydnsZones): string[] {
  return [...zones.tree.nodes()]
    .filter((node) => zones.tree.zoneOf(node) !== undefined)
    .map((node) => dnsNameFromWire(Buffer.from(node.key, 'latin1')))
    .toSorted();
}
