#!/usr/bin/env node
import { withDoubleDashes } from './corefile-options.ts';
import { createProgram, describeFailure } from './program.ts';

// What `ss`, `ps` and our own message about a port in use call this process.
process.title = 'seamark';

// A command that waits for a server to come back may hold nothing but timers that do not count: it must not end in silence.
const alive = setInterval(() => undefined, 2 ** 31 - 1);
try {
  await createProgram().parseAsync(withDoubleDashes(process.argv));
} catch (error) {
  const { text, exitCode } = describeFailure(error);
  // Behind what the log still holds, and without waiting for a reader that stands still.
  const { standardError } = await import('@seamark/common/observability');
  standardError().write(text);
  // What had been opened before the failure must not keep the process alive; nothing acknowledged needs a graceful close.
  process.exit(exitCode);
} finally {
  clearInterval(alive);
}
