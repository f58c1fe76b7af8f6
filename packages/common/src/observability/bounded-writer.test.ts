import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { BoundedWriter } from './bounded-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'seamark-bounded-writer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: number[] = [];
afterEach(() => {
  for (const fd of open.splice(0)) closeSync(fd);
});

/** Both ends of a FIFO; `read` takes what is in it. */
function fifo(): { fd: number; read(): string } {
  const path = join(folder, `fifo-${Math.random()}`);
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  open.push(reader, fd);
  const octets = Buffer.alloc(1024 * 1024);
  const decoder = new StringDecoder();
  const read = (): string => {
    try {
      return decoder.write(octets.subarray(0, readSync(reader, octets)));
    } catch {
      return '';
    }
  };
  return { fd, read };
}

const line = (at: number): string => `line ${at} ${'ö'.repeat(500)}\n`;
const numbers = (text: string): number[] => [...text.matchAll(/^line (\d+) ö{500}$/gm)].map((match) => Number(match[1]));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** What comes out until everything has been written. */
async function readAll(reader: { read(): string }, isEnd: (text: string) => boolean): Promise<string> {
  let text = '';
  while (!isEnd(text)) {
    text += reader.read();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return text;
}

describe('BoundedWriter', () => {
  it('writes at once while somebody reads', () => {
    const pipe = fifo();
    const writer = new BoundedWriter(pipe.fd);
    writer.write('one\n');
    writer.write('two\n');
    expect(pipe.read()).toBe('one\ntwo\n');
  });

  it('keeps what a reader that stands still does not take, whole and in order, and goes on when it is back', async () => {
    const pipe = fifo();
    const writer = new BoundedWriter(pipe.fd);
    for (const at of upTo(1000)) writer.write(line(at));
    const text = await readAll(pipe, (all) => numbers(all).length === 1000);
    expect(numbers(text)).toEqual(upTo(1000));
    expect(writer.droppedLines).toBe(0);
    writer.write('again\n');
    expect(pipe.read()).toBe('again\n');
  });

  it('drops lines beyond its bound, counts them, and says so where they are missing', async () => {
    const pipe = fifo();
    const writer = new BoundedWriter(pipe.fd, { maxOctets: 300_000 });
    for (const at of upTo(2000)) writer.write(line(at));
    const { droppedLines } = writer;
    expect(droppedLines).toBeGreaterThan(1000);
    const text = await readAll(pipe, (all) => all.includes('dropped'));
    expect(text).toMatch(new RegExp(`\n${droppedLines} lines were dropped: the log was not read\n$`));
    expect(numbers(text)).toEqual(upTo(2000 - droppedLines));
    writer.write('again\n');
    expect(pipe.read()).toBe('again\n');
    expect(writer.droppedLines).toBe(droppedLines);
  });

  it('a flush ends in its time when nobody reads', () => {
    const pipe = fifo();
    const writer = new BoundedWriter(pipe.fd);
    for (const at of upTo(1000)) writer.write(line(at));
    writer.flush(20);
    expect(numbers(pipe.read()).length).toBeGreaterThan(10);
    writer.flush(20);
    expect(numbers(pipe.read()).length).toBeGreaterThan(10);
  });

  it('a disk that is full throws nothing, and no end waits for it', () => {
    const fd = openSync('/dev/full', constants.O_WRONLY);
    open.push(fd);
    const writer = new BoundedWriter(fd);
    writer.write('lost\n');
    writer.flush(10_000);
    expect(writer.droppedLines).toBe(0);
  });

  it('a reader that is gone throws nothing, and no end waits for it', () => {
    const pipe = fifo();
    closeSync(open.shift() as number);
    const writer = new BoundedWriter(pipe.fd, { maxOctets: 10 });
    for (const at of upTo(3)) writer.write(line(at));
    writer.flush(10_000);
    expect(writer.droppedLines).toBe(2);
  });

  it('writes to files', () => {
    const path = join(folder, 'file');
    const fd = openSync(path, 'w');
    open.push(fd);
    const writer = new BoundedWriter(fd);
    for (const at of upTo(1000)) writer.write(line(at));
    expect(numbers(readFileSync(path, 'utf8'))).toEqual(upTo(1000));
  });
});
