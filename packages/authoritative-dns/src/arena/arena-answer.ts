import type { ArenaAnswer } from '@seamark/netio';

const noOctets = new Uint8Array(0);

/** Leaves questions for a type, 0 = for all that have no answer of their own, to JavaScript. */
export function answerForJavaScript(type: number): ArenaAnswer {
  return {
    type,
    ask: true,
    responseCode: 0,
    flags: 0,
    answers: 0,
    authorities: 0,
    additionals: 0,
    unit: 0,
    serialAt: undefined,
    octets: noOctets,
  };
}
