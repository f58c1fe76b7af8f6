import { constants, fstatSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';
import { BoundedWriter } from './bounded-writer.ts';

/** How long the end of a process waits for whoever reads its output. */
const lastFlushMs = 1000;

const writers = new Map<1 | 2, BoundedWriter>();

/** The process's standard output for lines, which waits for no reader. What waits at exit gets a second to be read. */
export function standardOutput(): BoundedWriter {
  return writerOf(1);
}

/** The same for standard error. */
export function standardError(): BoundedWriter {
  return writerOf(2);
}

/** Lines that standard output and standard error have dropped because nobody read them. */
export function droppedLogLines(): number {
  let lines = 0;
  for (const writer of writers.values()) lines += writer.droppedLines;
  return lines;
}

function writerOf(fd: 1 | 2): BoundedWriter {
  const known = writers.get(fd);
  if (known !== undefined) return known;
  if (writers.size === 0) process.on('exit', flushAll);
  const writer = new BoundedWriter(openNonBlocking(fd));
  writers.set(fd, writer);
  return writer;
}

function flushAll(): void {
  const deadlineMs = performance.now() + lastFlushMs;
  for (const writer of writers.values()) writer.flush(Math.max(0, deadlineMs - performance.now()));
}

/**
 * The mode of a descriptor is shared with every process that has it, and any of them may set it back: pipes and terminals are opened
 * anew. Files stay as they are, since two descriptors would write over each other; they do not block.
 */
function openNonBlocking(fd: 1 | 2): number {
  const isTerminal = isatty(fd);
  const isPipe = !isTerminal && isPipeOrSocket(fd);
  // Node makes pipes and sockets non-blocking when it opens its own stream. It must, also for what Node itself writes at a crash.
  if (isPipe) void (fd === 1 ? process.stdout : process.stderr);
  if (!isPipe && !isTerminal) return fd;
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd; // A socket, a pipe of another user, or no /proc.
  }
}

function isPipeOrSocket(fd: number): boolean {
  try {
    const status = fstatSync(fd);
    return status.isFIFO() || status.isSocket();
  } catch {
    return false;
  }
}
