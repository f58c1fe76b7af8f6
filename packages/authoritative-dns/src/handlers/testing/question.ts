import { dnsNameToWire } from '@seamark/common/model';

import type { DnsRequest, TransportKind } from '../../chain/request.ts';
import { testClient } from '../../testing/client.ts';
import { recordTypeCode } from '../../wire/record-type.ts';

/** What {@link question} may say beside name and type. */
export interface QuestionOptions extends Partial<Omit<DnsRequest, 'client'>> {
  /** Address of the client; default 192.0.2.53. */
  readonly from?: string;
  readonly transport?: TransportKind;
}

/** A question as a stub resolver asks it. */
export function question(name: string, type = 'A', options: QuestionOptions = {}): DnsRequest {
  const { from, transport = 'udp', ...rest } = options;
  const asAsked = dnsNameToWire(name);
  return {
    id: 4711,
    name: dnsNameToWire(name.toLowerCase()),
    nameAsAsked: asAsked,
    type: recordTypeCode(type) as number,
    class: 1,
    recursionDesired: true,
    checkingDisabled: false,
    authenticData: false,
    edns: undefined,
    client: testClient(transport, from),
    octets: 40,
    ...rest,
  };
}
