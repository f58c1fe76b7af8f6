import type { ConformanceSuite } from './conformance-suite.ts';
import { ipranges } from './suites/ipranges.ts';

/** Every suite, in the order in which they run. A new one is a file in suites/ and a line below. */
export const conformanceSuites: readonly ConformanceSuite[] = [ipranges];
