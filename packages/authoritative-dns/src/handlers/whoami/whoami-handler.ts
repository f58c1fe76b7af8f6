import type { Handler } from '../../chain/handler.ts';
import type { Client } from '../../chain/request.ts';
import { emptyResponse, type RecordSet } from '../../chain/response.ts';
import { maxNameOctets } from '../../wire/limits.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { joinOctets, uint16 } from '../../wire/rdata-encoder.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { characterString } from '../character-string.ts';

const root = Uint8Array.of(0);

/** Tells askers their own address, port and transport in the additional section, whatever they ask. */
export const whoamiHandler: Handler = {
  name: 'whoami',
  handle(request) {
    const { client, name } = request;
    const address: RecordSet = {
      owner: name,
      type: client.address.length === 4 ? recordTypes.A : recordTypes.AAAA,
      class: request.class,
      ttlSeconds: 0,
      rdata: [client.address],
    };
    const service: RecordSet = {
      owner: joinOctets([characterString(`_${protocolOf(client)}`), name]),
      type: recordTypes.SRV,
      class: request.class,
      ttlSeconds: 0,
      rdata: [joinOctets([uint16(0), uint16(0), uint16(client.port), root])],
    };
    const additionals = service.owner.length > maxNameOctets ? [address] : [address, service];
    return emptyResponse('whoami', responseCodes.NOERROR, { authoritative: true, additionals });
  },
};

function protocolOf({ transport }: Client): 'udp' | 'tcp' {
  return transport === 'udp' ? 'udp' : 'tcp';
}
