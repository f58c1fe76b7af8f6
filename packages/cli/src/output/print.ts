/** Prints one line of a command's result on standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
