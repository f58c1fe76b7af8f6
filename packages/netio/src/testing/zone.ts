import type { ArenaAnswer, ArenaZone } from '../arena/arena-batch.ts';
import { addressRecord, soaRecord, wireName } from './octets.ts';

/** The zone `test`, number 0, with a serial of its own. */
export function testZone(serial: number): ArenaZone {
  const apexLength = wireName('test').length;
  const soa = soaRecord(serial);
  return {
    number: 0,
    countedAs: 0,
    flags: 0,
    apexLength,
    udpLimit: 1232,
    soa,
    pointersAt: [0],
    serialAt: soa.length - 20,
    exceptTypes: [],
    nsid: new Uint8Array(0),
  };
}

/** An answer of `count` addresses that all are 10.0.`high`.`low`. */
export function addresses(count: number, high: number, low: number): ArenaAnswer {
  const record = addressRecord(10, 0, high, low);
  const octets = new Uint8Array(record.length * count);
  for (let at = 0; at < count; at++) octets.set(record, at * record.length);
  const unit = record.length;
  return {
    type: 1,
    ask: false,
    responseCode: 0,
    flags: 0x0400,
    answers: count,
    authorities: 0,
    additionals: 0,
    unit,
    serialAt: undefined,
    octets,
  };
}
