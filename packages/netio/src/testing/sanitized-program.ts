import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Requirement, temporaryFolder } from '@seamark/testkit';

const native = join(import.meta.dirname, '../../native');
/** What does not need Node. */
const parts = ['name', 'blocks', 'table', 'arena', 'batch', 'query', 'cookie', 'answer', 'counters'];
const flags = ['-std=c11', '-D_GNU_SOURCE', '-g', '-O1', '-pthread', '-fno-sanitize-recover=all'];

/** Requires a C compiler whose programs run with these sanitizers: `address,undefined`. */
export function sanitizerRequirement(sanitizers: string): Requirement {
  using folder = temporaryFolder('sanitizer');
  const source = join(folder.path, 'empty.c');
  const program = join(folder.path, 'empty');
  writeFileSync(source, 'int main(void) { return 0; }\n');
  const built = spawnSync('cc', [...flags, `-fsanitize=${sanitizers}`, '-o', program, source]);
  const runs = built.status === 0 && spawnSync(program).status === 0;
  return runs ? { name: 'sanitizers' } : { name: 'sanitizers', missing: `cc makes no programs that run with -fsanitize=${sanitizers}` };
}

/** Compiles a program of native/testing with the code that answers. Throws what the compiler says. */
export function compileSanitized(sanitizers: string, name: string, program: string): void {
  const inputs = [join(native, `testing/${name}.c`), ...parts.map((part) => join(native, `${part}.c`))];
  const { status, stderr } = spawnSync('cc', [...flags, `-fsanitize=${sanitizers}`, '-o', program, ...inputs], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
