import { resolve } from 'node:path';

import type { Position } from '../chain/setup.ts';
import { asCorefileError, type CorefileError } from './corefile-error.ts';

/** The mistakes of a Corefile, gathered while reading goes on, so that one reading tells them all. */
export class Mistakes {
  /** By message: a line that is imported several times is wrong once. */
  private readonly errors = new Map<string, CorefileError>();

  get size(): number {
    return this.errors.size;
  }

  /** Keeps a mistake. */
  readonly add = (error: CorefileError): void => {
    this.errors.set(error.message, error);
  };

  /** What `read` gives; when it throws a SeamarkError, that is kept as a mistake at `at`, and `instead` goes on in its place. */
  readonly collect = <T>(at: Position, read: () => T, instead: T): T => {
    try {
      return read();
    } catch (error) {
      this.add(asCorefileError(error, at));
      return instead;
    }
  };

  /** Every mistake, by file in the order of `files`, which are absolute paths, and then by line. */
  sorted(files: Iterable<string>): readonly CorefileError[] {
    const order = [...files];
    const rank = ({ file }: Position): number => order.indexOf(resolve(file));
    return [...this.errors.values()].toSorted((one, other) => rank(one.at) - rank(other.at) || one.at.line - other.at.line);
  }
}
