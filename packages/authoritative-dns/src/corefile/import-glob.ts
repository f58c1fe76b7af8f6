import { readdirSync, statSync } from 'node:fs';
import { join, parse, sep } from 'node:path';

/** Why a pattern of `import` is refused, or `undefined`: one `*` and one `?` at most, as in CoreDNS. */
export function patternProblem(pattern: string): string | undefined {
  const count = (character: string): number => pattern.split(character).length - 1;
  if (count('*') > 1 || count('?') > 1) return 'it may have one * and one ? at most';
  return pattern.includes('[') && pattern.includes(']') ? 'it may not have classes in brackets' : undefined;
}

/** True for a path that stands for several files. */
export function isPattern(path: string): boolean {
  return /[*?]/.test(path);
}

/** The files that an absolute path stands for, in order of their names; none when nothing fits. */
export function filesMatching(path: string): string[] {
  const { root } = parse(path);
  let found = [root];
  for (const segment of path.slice(root.length).split(sep)) {
    found = isPattern(segment)
      ? found.flatMap((folder) => namesIn(folder, segment).map((name) => join(folder, name)))
      : found.map((folder) => join(folder, segment));
  }
  return found.filter((file) => isFile(file));
}

function namesIn(folder: string, pattern: string): string[] {
  const escaped = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replace('*', '.*')
    .replace('?', '.');
  const expression = new RegExp(`^${escaped}$`, 'su');
  try {
    return readdirSync(folder)
      .filter((name) => expression.test(name))
      .toSorted();
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
