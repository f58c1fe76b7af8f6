import type { ConformanceSuite } from './conformance-suite.ts';
import { corefiles } from './suites/corefiles.ts';
import { dnsEtcd } from './suites/dns-etcd.ts';
import { ipranges } from './suites/ipranges.ts';

/** Every suite, in the order in which they run. A new one is a file in suites/ and a line below. */
export const conformanceSuites: readonly ConformanceSuite[] = [corefiles, dnsEtcd, ipranges];
