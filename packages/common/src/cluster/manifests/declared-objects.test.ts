import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createReasonStream, type ReasonStream } from '../../reasons/index.ts';
import { type Kind, serviceKind } from '../kind.ts';
import { DeclaredObjects } from './declared-objects.ts';
import { kindIdOf } from './served-kind.ts';
import { serviceText } from './testing/manifest-folder.ts';
import { createManualClock } from './testing/manual-clock.ts';

describe('DeclaredObjects', () => {
  let clock: ReturnType<typeof createManualClock>;
  let reasons: ReasonStream;
  let declared: DeclaredObjects;
  let changes: string[];
  const viewed = new Map<string, Kind>([[kindIdOf(serviceKind), serviceKind]]);
  beforeEach(() => {
    clock = createManualClock();
    reasons = createReasonStream();
    changes = [];
    declared = new DeclaredObjects({
      viewed,
      reasons,
      clock,
      grace: { removedMs: 100, emptiedMs: 2_000 },
      onChanges: (all) =>
        changes.push(...all.map((change) => `${change.declared === undefined ? '-' : '+'}${change.id.split('/').at(-1)}`)),
    });
  });
  afterEach(() => declared.close());

  const read = (path: string, text: string | undefined): void => declared.read(path, text === undefined ? undefined : Buffer.from(text));
  const take = (): string[] => changes.splice(0);

  test('adds at once and removes after the grace', () => {
    read('a', `${serviceText('a')}---\n${serviceText('b')}`);
    expect(take()).toEqual(['+a', '+b']);
    read('a', serviceText('a'));
    clock.advance(99);
    expect(take()).toEqual([]);
    clock.advance(1);
    expect(take()).toEqual(['-b']);
  });

  test('does not remove what comes back in time, here or in another file', () => {
    read('a', `${serviceText('a')}---\n${serviceText('b')}`);
    take();
    read('a', undefined);
    clock.advance(50);
    read('a', serviceText('a'));
    read('b', serviceText('b'));
    clock.advance(10_000);
    expect(take().filter((change) => change.startsWith('-'))).toEqual([]);
  });

  test('waits longer for a file that is empty', () => {
    read('a', serviceText('a'));
    take();
    read('a', '# nothing yet\n');
    clock.advance(1_999);
    expect(take()).toEqual([]);
    clock.advance(1);
    expect(take()).toEqual(['-a']);
  });

  test('puts a removal off while the file keeps changing, but not for ever', () => {
    read('a', `${serviceText('a')}---\n${serviceText('b')}`);
    take();
    for (let elapsed = 0; elapsed < 4_900; elapsed += 70) {
      read('a', serviceText('a', { note: String(elapsed) }));
      expect(take()).not.toContain('-b');
      clock.advance(70);
    }
    for (let turn = 0; turn < 5; turn += 1) {
      read('a', serviceText('a', { note: `late ${turn}` }));
      clock.advance(70);
    }
    expect(take()).toContain('-b');
  });

  test('removes nothing while the file cannot be read, whatever the time', () => {
    read('a', serviceText('a'));
    take();
    declared.readFailed('a', 'cannot be read: EACCES');
    expect(declared.isPartial).toBe(true);
    clock.advance(100_000);
    expect(take()).toEqual([]);
    expect([...reasons.list()].map((decision) => decision.message)).toEqual([
      'a:1: cannot be read: EACCES; Service default/a stays as it was; the other documents keep working',
    ]);
    read('a', serviceText('a'));
    expect(declared.isPartial).toBe(false);
    expect([...reasons.list()]).toEqual([]);
    take();
    read('a', undefined);
    clock.advance(100);
    expect(take()).toEqual(['-a']);
  });

  test('does no work for documents that stay the same', () => {
    read('a', `${serviceText('a')}---\n${serviceText('b')}`);
    const before = declared.get('/Service default/b');
    read('a', `# two lines more\n---\n${serviceText('a', { note: 'edited' })}---\n${serviceText('b')}`);
    expect(take()).toEqual(['+a', '+b', '+a']);
    expect(declared.get('/Service default/b')).toBe(before);
    expect(before?.line).toBe(14);
  });

  test('keeps objects of kinds that nobody views out of memory until somebody does', () => {
    viewed.delete(kindIdOf(serviceKind));
    read('a', serviceText('a'));
    expect(declared.get('/Service default/a')?.object).toBeUndefined();
    expect(declared.filesToReadAgain()).toEqual([]);
    viewed.set(kindIdOf(serviceKind), serviceKind);
    expect(declared.filesToReadAgain()).toEqual(['a']);
    read('a', serviceText('a'));
    expect(declared.get('/Service default/a')?.object).toBeDefined();
    expect(declared.filesToReadAgain()).toEqual([]);
  });

  test('comes, whatever happened, to what the files say now, and reports no more than stands', () => {
    const names = ['a', 'b', 'c', 'd'];
    const documents = fc.array(fc.constantFrom(...names, 'bad'), { maxLength: 4 });
    const step = fc.record({
      file: fc.constantFrom('x', 'y', 'z'),
      content: fc.option(documents, { nil: undefined }),
      waitMs: fc.constantFrom(0, 10, 90, 150, 3_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const ownClock = createManualClock();
        const ownReasons = createReasonStream();
        const counting = new Map<string, string>(); // object name → note
        const own = new DeclaredObjects({
          viewed,
          reasons: ownReasons,
          clock: ownClock,
          grace: { removedMs: 100, emptiedMs: 2_000 },
          onChanges: (all) => {
            for (const { id, declared: counts } of all) {
              if (counts === undefined) counting.delete(id);
              else counting.set(id, counts.object?.metadata.annotations?.['note'] ?? '');
            }
          },
        });
        const files = new Map<string, readonly string[]>();
        const write = (file: string, content: readonly string[] | undefined): void => {
          if (content === undefined) files.delete(file);
          else files.set(file, content);
          const text = content
            ?.map((name, position) => (name === 'bad' ? 'a: [\n' : serviceText(name, { note: `${file}${position}` })))
            .join('---\n');
          own.read(file, text === undefined ? undefined : Buffer.from(text));
        };
        for (const { file, content, waitMs } of steps) {
          write(file, content);
          ownClock.advance(waitMs);
          const missing = [...files.values()].flat().filter((name) => name !== 'bad' && !counting.has(`/Service default/${name}`));
          expect(missing).toEqual([]);
        }
        // In the end every file is readable, and time passes.
        for (const [file, content] of files) {
          write(
            file,
            content.filter((name) => name !== 'bad'),
          );
        }
        ownClock.advance(10_000);
        ownClock.advance(10_000);
        const expected = new Map<string, string>();
        let duplicates = 0;
        for (const file of [...files.keys()].sort()) {
          for (const [position, name] of (files.get(file) ?? []).entries()) {
            const id = `/Service default/${name}`;
            if (expected.has(id)) duplicates += 1;
            else expected.set(id, `${file}${position}`);
          }
        }
        expect(counting).toEqual(expected);
        const stands = [...ownReasons.list()].map((decision) => decision.code);
        expect(stands).toEqual(Array(duplicates).fill('DOCUMENT_DUPLICATE'));
        expect(own.isPartial).toBe(false);
        own.close();
      }),
      { numRuns: 300 },
    );
  });
});
