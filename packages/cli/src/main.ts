#!/usr/bin/env node
import { createProgram, describeFailure } from './program.ts';

// What `ss`, `ps` and our own message about a port in use call this process.
process.title = 'seamark';

try {
  await createProgram().parseAsync();
} catch (error) {
  const { text, exitCode } = describeFailure(error);
  process.stderr.write(text);
  // What had been opened before the failure must not keep the process alive; nothing acknowledged needs a graceful close.
  process.exit(exitCode);
}
