import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWatchDecoder } from './watch-decoder.ts';

const event = fc.record({
  type: fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'),
  object: fc.record({
    metadata: fc.record({
      name: fc.string({ unit: 'grapheme' }),
      annotations: fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })),
    }),
  }),
});

describe('a watch decoder', () => {
  test('gives the same events however the stream is cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 50 }),
        (events, cuts) => {
          const bytes = Buffer.from(events.map((one) => `${JSON.stringify(one)}\n`).join(''));
          const decoder = createWatchDecoder();
          const decoded: unknown[] = [];
          for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
            const length = cuts[piece % cuts.length] ?? 1;
            decoded.push(...decoder.push(bytes.subarray(at, at + length)));
            at += length;
          }
          expect(decoded).toEqual(JSON.parse(JSON.stringify(events)));
        },
      ),
    );
  });

  test('keeps an event whose last chunk has not come', () => {
    const decoder = createWatchDecoder();
    expect(decoder.push(Buffer.from('{"type":"ADDED","object":{}}\n{"type":"DEL'))).toEqual([{ type: 'ADDED', object: {} }]);
    expect(decoder.push(Buffer.from('ETED","object":{}}\n'))).toEqual([{ type: 'DELETED', object: {} }]);
  });

  test('does not read chunks that their owner overwrites later', () => {
    const decoder = createWatchDecoder();
    const chunk = Buffer.from('{"type":"AD');
    decoder.push(chunk);
    chunk.fill('x');
    expect(decoder.push(Buffer.from('DED","object":1}\n'))).toEqual([{ type: 'ADDED', object: 1 }]);
  });

  test('refuses a line that is no JSON, and one that does not end', () => {
    expect(() => createWatchDecoder().push(Buffer.from('<html>\n'))).toThrow(SyntaxError);
    const decoder = createWatchDecoder(10);
    decoder.push(Buffer.from('123456789'));
    expect(() => decoder.push(Buffer.from('01'))).toThrow('longer than 10 bytes');
  });
});
