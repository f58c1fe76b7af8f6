import { clusterErrors } from './catalogue/cluster.ts';
import { configErrors } from './catalogue/config.ts';
import { dnsErrors } from './catalogue/dns.ts';
import { installErrors } from './catalogue/install.ts';
import { modelErrors } from './catalogue/model.ts';
import { runtimeErrors } from './catalogue/runtime.ts';
import { storeErrors } from './catalogue/store.ts';

/** One row of the error catalogue: what a code means and what its reader can do. */
export interface ErrorEntry {
  readonly meaning: string;
  readonly remedy: string;
}

/** Every error code of Seamark. docs/reference/errors.md lists the same rows; a test holds the two together. */
export const errorCatalogue = {
  ...configErrors,
  ...modelErrors,
  ...clusterErrors,
  ...storeErrors,
  ...runtimeErrors,
  ...dnsErrors,
  ...installErrors,
} as const satisfies Record<string, ErrorEntry>;

/** A stable error code: `SM_` and the area it belongs to. */
export type ErrorCode = keyof typeof errorCatalogue;
