import { hash } from 'node:crypto';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import { formatObjectKey, type ObjectKey } from '../object-key.ts';
import type { Kind } from '../kind.ts';
import { type DocumentProblem, parseDocument } from './parse-document.ts';
import { type KindId, servedAs } from './served-kind.ts';
import { splitDocuments } from './split-documents.ts';

/** One object as a file declares it. Line and position follow the file while the document itself stays the same. */
export interface DeclaredObject {
  /** Kind and key: equal for all declarations of one object. */
  readonly id: string;
  readonly kindId: KindId;
  readonly kind: string;
  readonly key: ObjectKey;
  readonly file: string;
  line: number;
  position: number;
  /** undefined while nobody views the kind. */
  readonly object: KubernetesObject | undefined;
  /** What is to be said of its apiVersion. */
  readonly version: { readonly type: 'gone' | 'converted'; readonly written: string; readonly served: string } | undefined;
}

/** One document of a file. */
interface ManifestDocument {
  readonly hash: string;
  readonly objects: readonly DeclaredObject[];
  readonly problems: readonly DocumentProblem[];
  line: number;
}

/** A file as it was read last. */
export interface ManifestFile {
  readonly path: string;
  readonly hash: string;
  readonly documents: readonly ManifestDocument[];
  /** True when it holds neither objects nor problems. */
  readonly isEmpty: boolean;
}

/** What {@link readManifestFile} needs to know of the kinds. */
export interface KindFilter {
  /** Objects of these kinds are kept; of others only that they exist. */
  readonly viewed: ReadonlyMap<KindId, Kind>;
}

/**
 * Reads a file's bytes. Documents that `previous` holds already, byte for byte, are taken over from it (the same
 * {@link DeclaredObject}s, with new lines and positions), so the work follows what was edited.
 */
export function readManifestFile(path: string, bytes: Uint8Array, previous: ManifestFile | undefined, kinds: KindFilter): ManifestFile {
  const known = new Map<string, ManifestDocument[]>();
  for (const document of previous?.documents ?? []) {
    if (document.objects.some((declared) => declared.object === undefined && kinds.viewed.has(declared.kindId))) continue;
    const same = known.get(document.hash);
    if (same === undefined) known.set(document.hash, [document]);
    else same.push(document);
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const documents: ManifestDocument[] = [];
  let position = 0;
  let isEmpty = true;
  for (const span of splitDocuments(bytes)) {
    const documentHash = contentHash(bytes.subarray(span.start, span.end));
    let document = known.get(documentHash)?.shift();
    if (document === undefined) {
      // A text of its own for each document: values cut out of one long text would keep all of it in memory.
      document = readDocument(path, buffer.toString('utf8', span.start, span.end), documentHash, span.line, kinds);
    } else if (document.line !== span.line) {
      for (const declared of document.objects) declared.line += span.line - document.line;
      document.line = span.line;
    }
    for (const declared of document.objects) declared.position = position++;
    if (document.objects.length > 0 || document.problems.length > 0) isEmpty = false;
    documents.push(document);
  }
  return { path, hash: contentHash(bytes), documents, isEmpty };
}

/** A digest by which equal content is known. */
export function contentHash(bytes: Uint8Array): string {
  return hash('sha1', bytes, 'base64');
}

function readDocument(path: string, text: string, documentHash: string, line: number, kinds: KindFilter): ManifestDocument {
  const parsed = parseDocument(text);
  if (parsed.type === 'unreadable') return { hash: documentHash, objects: [], problems: parsed.problems, line };
  const objects = parsed.objects.map((object) => declare(path, object, line + parsed.lineOffset, kinds));
  return { hash: documentHash, objects, problems: parsed.problems, line };
}

function declare(file: string, object: KubernetesObject, line: number, kinds: KindFilter): DeclaredObject {
  const served = servedAs(object, kinds.viewed);
  const name = object.metadata.name;
  const namespace = object.metadata.namespace || 'default';
  const key: ObjectKey = served.namespaced ? { namespace, name } : { name };
  const apiVersion = served.type === 'served' ? object.apiVersion : served.apiVersion;
  const keep = served.type !== 'gone' && kinds.viewed.has(served.kindId);
  return {
    id: `${served.kindId} ${formatObjectKey(key)}`,
    kindId: served.kindId,
    kind: object.kind,
    key,
    file,
    line,
    position: 0,
    object: keep ? asStored(object, apiVersion, key) : undefined,
    version: served.type === 'served' ? undefined : { type: served.type, written: object.apiVersion, served: apiVersion },
  };
}

/** Members of metadata that only the API server sets; what a file says of them (kubectl get -o yaml) is of another life. */
const assignedMetadata = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]);

function asStored(object: KubernetesObject, apiVersion: string, key: ObjectKey): KubernetesObject {
  const metadata: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object.metadata)) {
    if (!assignedMetadata.has(name) && value !== null) metadata[name] = value;
  }
  delete metadata['namespace'];
  const copy: Record<string, unknown> = { ...object, apiVersion, metadata: { ...metadata, ...key } };
  for (const name of ['spec', 'status']) if (copy[name] === null) delete copy[name];
  return copy as unknown as KubernetesObject;
}
