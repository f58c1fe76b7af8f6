import { readdirSync, readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** What V8 calls the threads that collect garbage and compile beside JavaScript. */
const collectorName = 'V8Worker';

/**
 * Lets V8's own threads run only when nobody else of this process wants their core. Node starts four of them however many cores there are:
 * on a core that the process has for itself, a collection of a large heap would take four fifths of it from the threads that answer, for
 * seconds. Returns how many there are. Does nothing on other systems than Linux.
 */
export function yieldCollectors(): number {
  let found = 0;
  for (const thread of threadsOfThisProcess()) {
    try {
      if (readFileSync(`/proc/self/task/${thread}/comm`, 'latin1').trim() !== collectorName) continue;
      // To Linux the priority is a thread's, whatever the call says of processes.
      setPriority(Number(thread), constants.priority.PRIORITY_LOW);
      found++;
    } catch {
      // The thread has ended, or a sandbox forbids it: then it runs as it did.
    }
  }
  return found;
}

function threadsOfThisProcess(): readonly string[] {
  try {
    return readdirSync('/proc/self/task');
  } catch {
    return [];
  }
}
