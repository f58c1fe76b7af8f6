import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { trimMemory } from '@seamark/netio';

/** V8's own collector, which can be told how thorough to be. */
type Collect = (options: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void;

let collect: Collect | undefined;

// While a million records are read all that is made stays. V8 concludes that what is made next will stay as well, puts it where it looks
// for garbage seldom, and the compiling of answers then takes a gigabyte for what lives for a microsecond.
setFlagsFromString('--no-allocation-site-pretenuring');

/**
 * Gives the system back what a large reading has left behind: by itself V8 keeps a heap of two to three times its content, and the C
 * library what the reading's messages took. Takes one to three seconds for a million records, in which JavaScript stands still; what
 * was compiled ahead is answered on.
 */
export function returnMemory(): void {
  if (collect === undefined) {
    // The way to have it without a flag for all of Node; the flag itself changes nothing else.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
    setFlagsFromString('--no-expose-gc');
  }
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  trimMemory();
}
