import { CORE_SCHEMA, boolYaml11Tag, load, mergeTag, YAMLException } from 'js-yaml';
import { messageOf } from '../../errors/index.ts';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import { problemOfObject } from './object-shape.ts';

/** What one document holds. Lines count from 0 at the document's first line; `lineOffset` is that of its first content. */
export type ParsedDocument =
  | {
      readonly type: 'objects';
      readonly objects: readonly KubernetesObject[];
      readonly problems: readonly DocumentProblem[];
      readonly lineOffset: number;
    }
  | { readonly type: 'unreadable'; readonly problems: readonly DocumentProblem[] };

/** What is wrong with a document, or with one item of a list in it. */
export interface DocumentProblem {
  /** From 0 at the document's first line. */
  readonly lineOffset: number;
  readonly problem: string;
}

// As kubectl reads: YAML 1.2, with the merge keys and the yes/no/on/off of YAML 1.1.
const schema = CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag);

/** More nodes than this, aliases counted where they are used, is an alias bomb and no manifest. */
const maxNodes = 1_000_000;

/**
 * Reads one document of YAML or JSON: an object, a `List` (or `ServiceList` …) of objects, or nothing but comments. An item of a list
 * that is no object of Kubernetes is a problem of its own and harms no other item.
 */
export function parseDocument(text: string): ParsedDocument {
  const first = text.search(/\S/);
  if (first < 0 || onlyComments.test(text)) return { type: 'objects', objects: [], problems: [], lineOffset: 0 };
  const lineOffset = countLines(text, first);
  let value: unknown;
  try {
    value = parse(text, first);
    if (text.includes('*')) checkSize(value);
  } catch (error) {
    return { type: 'unreadable', problems: [describe(error, lineOffset, countLines(text, text.trimEnd().length))] };
  }
  if (value === null || value === undefined) return { type: 'objects', objects: [], problems: [], lineOffset: 0 };
  return objectsOf(value, countLines(text, text.search(/^[ \t]*[^#\s]/m)));
}

/** Blank lines, comments and directives. */
const onlyComments = /^(?:[ \t]*(?:#.*)?(?:%.*)?\r?(?:\n|$))*$/;

function parse(text: string, first: number): unknown {
  if (text[first] === '{' || text[first] === '[') {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // Flow-style YAML, or bad JSON: the YAML parser reads the one and says where the other is wrong.
    }
  }
  return load(text, { schema });
}

function objectsOf(value: unknown, lineOffset: number): ParsedDocument {
  const items = listItems(value);
  if (items === undefined) {
    const problem = problemOfObject(value);
    if (problem !== undefined) return { type: 'unreadable', problems: [{ lineOffset, problem }] };
    return { type: 'objects', objects: [value as KubernetesObject], problems: [], lineOffset };
  }
  const objects: KubernetesObject[] = [];
  const problems: DocumentProblem[] = [];
  for (const [index, item] of items.entries()) {
    const inner = listItems(item);
    if (inner !== undefined) {
      const parsed = objectsOf(item, lineOffset);
      if (parsed.type === 'objects') objects.push(...parsed.objects);
      problems.push(...parsed.problems);
      continue;
    }
    const problem = problemOfObject(item);
    if (problem === undefined) objects.push(item as KubernetesObject);
    else problems.push({ lineOffset, problem: `items[${index}]: ${problem}` });
  }
  return { type: 'objects', objects, problems, lineOffset };
}

function listItems(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, items } = value as { readonly kind?: unknown; readonly items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : undefined;
}

function describe(error: unknown, fallbackLine: number, lastLine: number): DocumentProblem {
  if (error instanceof YAMLException) {
    // What is not closed by the end is found after the last line, where nobody can look.
    return { lineOffset: Math.min(error.mark?.line ?? fallbackLine, lastLine), problem: `not readable as YAML: ${error.reason}` };
  }
  return { lineOffset: fallbackLine, problem: `not readable as YAML: ${messageOf(error)}` };
}

function checkSize(root: unknown): void {
  let nodes = 0;
  const within = new Set<unknown>();
  const visit = (value: unknown): void => {
    nodes += 1;
    if (nodes > maxNodes) throw new Error(`its aliases unfold to more than ${maxNodes} values`);
    if (typeof value !== 'object' || value === null) return;
    if (within.has(value)) throw new Error('an alias refers to what contains it');
    within.add(value);
    for (const member of Object.values(value)) visit(member);
    within.delete(value);
  };
  visit(root);
}

function countLines(text: string, until: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < until; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
