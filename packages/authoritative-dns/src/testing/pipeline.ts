import { dnsNameToWire } from '@seamark/common/model';

import type { Next } from '../chain/handler.ts';
import type { TransportKind } from '../chain/request.ts';
import type { DnsResponse, RecordSet } from '../chain/response.ts';
import type { AnswerReport } from '../respond/answer-report.ts';
import { Pipeline, type PipelineOptions } from '../respond/pipeline.ts';
import { createQuery, type DnsMessage, type Edns, type EdnsOption } from '../wire/message.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { encodeMessage } from '../wire/message-encoder.ts';
import { recordTypeCode } from '../wire/record-type.ts';
import { testClient } from './client.ts';

/** A set of address records. */
export function addressSet(owner: string, ...addresses: readonly string[]): RecordSet {
  return {
    owner: dnsNameToWire(owner),
    type: 1,
    ttlSeconds: 300,
    rdata: addresses.map((address) => Uint8Array.from(address.split('.').map(Number))),
  };
}

/** A response with these answers, by a handler `test` in zone example.org. */
export function responseWith(answers: readonly RecordSet[], extra: Partial<DnsResponse> = {}): DnsResponse {
  return {
    responseCode: 0,
    authoritative: true,
    answers,
    authorities: [],
    additionals: [],
    by: 'test',
    zone: 'example.org.',
    ...extra,
  };
}

/** Answers every question with one address. */
export const oneAddress: Next = ({ nameAsAsked }) => responseWith([{ ...addressSet('x', '192.0.2.1'), owner: nameAsAsked }]);

/** The EDNS of a query. */
export function edns(options: readonly EdnsOption[] = [], extra: Partial<Edns> = {}): Edns {
  return { udpPayloadSize: 1232, version: 0, dnssecOk: false, options, ...extra };
}

/** The octets of a query for `web.example.org A`. */
export function queryFor(question = 'web.example.org A', queryEdns?: Edns): Buffer {
  const [name = '', type = ''] = question.split(' ');
  return Buffer.from(
    encodeMessage(
      createQuery(
        { name, type: recordTypeCode(type) as number, class: 1 },
        { id: 513, ...(queryEdns === undefined ? {} : { edns: queryEdns }) },
      ),
    ),
  );
}

/** A pipeline to ask without a socket. */
export class TestPipeline {
  readonly pipeline: Pipeline;

  constructor(options: Partial<PipelineOptions> = {}) {
    this.pipeline = new Pipeline({ chain: oneAddress, ...options });
  }

  get report(): AnswerReport {
    return this.pipeline.report;
  }

  /** Octets of the answer, or `undefined`. */
  async octets(packet: Uint8Array, transport: TransportKind = 'udp', address?: string): Promise<Buffer | undefined> {
    const out = Buffer.alloc(transport === 'udp' ? 1232 : 65_535);
    const result = this.pipeline.answer(packet, testClient(transport, address), out);
    const length = typeof result === 'number' ? result : (await result)(out);
    return length === 0 ? undefined : out.subarray(0, length);
  }

  /** The answer, which there has to be. */
  async message(packet: Uint8Array, transport: TransportKind = 'udp', address?: string): Promise<DnsMessage> {
    return decodeMessage(Uint8Array.from((await this.octets(packet, transport, address)) as Buffer));
  }
}
