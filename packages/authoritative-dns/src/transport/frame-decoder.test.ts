import fc from 'fast-check';
import { expect, it } from 'vitest';

import { FrameDecoder } from './frame-decoder.ts';

it('gives the same messages however the stream is cut', () => {
  const messages = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 600, maxLength: 1500 })), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(messages, fc.array(fc.nat(), { maxLength: 30 }), fc.nat(20), (sent, places, unfinished) => {
      const stream = Buffer.concat([
        ...sent.flatMap((message) => [Buffer.from([message.length >> 8, message.length & 255]), message]),
        Buffer.from([1, 0, ...Array.from({ length: unfinished }, () => 7)]),
      ]);
      const cuts = [0, ...places.map((place) => place % stream.length).toSorted((a, b) => a - b), stream.length];
      const decoder = new FrameDecoder();
      const received: Buffer[] = [];
      for (const [index, end] of cuts.entries())
        if (index > 0) decoder.push(stream.subarray(cuts[index - 1], end), (message) => received.push(Buffer.from(message)));
      expect(received.map((message) => message.toString('hex'))).toEqual(sent.map((message) => Buffer.from(message).toString('hex')));
      expect(decoder.isInside).toBe(true);
    }),
    { numRuns: 300 },
  );
});
