import { formatObjectRef } from '../../model/object-ref.ts';
import { defineReason, listInWords } from '../reason-definition.ts';

/** What the manifests driver says of files and documents. The object of a file-level reason is `File <path>`. */
export const manifestReasons = {
  /** `kept`: objects that the file declared before and that stay as they were because the unreadable document may be theirs. */
  DOCUMENT_UNREADABLE: defineReason<{
    readonly file: string;
    readonly line: number;
    readonly problem: string;
    readonly kept?: readonly string[];
  }>({
    severity: 'warning',
    message: (_object, p) =>
      `${p.file}:${p.line}: ${p.problem}; ${p.kept === undefined || p.kept.length === 0 ? '' : `${listInWords(p.kept)} stays as it was; `}the other documents keep working`,
    remedy: () => 'correct the document; it is read again when the file is saved',
  }),
  DOCUMENT_DUPLICATE: defineReason<{
    readonly file: string;
    readonly line: number;
    readonly firstFile: string;
    readonly firstLine: number;
  }>({
    severity: 'warning',
    message: (object, p) =>
      `${p.file}:${p.line}: ${formatObjectRef(object)} stands in ${p.firstFile}:${p.firstLine} already; that one counts`,
    remedy: () => 'keep one of the two',
  }),
  KIND_NOT_SERVED: defineReason<{ readonly file: string; readonly line: number; readonly apiVersion: string; readonly served: string }>({
    severity: 'warning',
    message: (object, p) => `${p.file}:${p.line}: ${formatObjectRef(object)} has apiVersion ${p.apiVersion}, which is no longer served`,
    remedy: (_object, p) => `write apiVersion: ${p.served}`,
  }),
  API_VERSION_OLD: defineReason<{ readonly file: string; readonly line: number; readonly apiVersion: string; readonly served: string }>({
    severity: 'info',
    message: (object, p) =>
      `${p.file}:${p.line}: ${formatObjectRef(object)} has the old apiVersion ${p.apiVersion}; it is read as ${p.served}`,
    remedy: (_object, p) => `write apiVersion: ${p.served}`,
  }),
  CLUSTER_IP_REFUSED: defineReason<{ readonly file: string; readonly line: number; readonly problem: string }>({
    severity: 'warning',
    message: (object, p) => `${p.file}:${p.line}: ${formatObjectRef(object)}: ${p.problem}`,
    remedy: () => 'remove spec.clusterIP, or give one that is free',
  }),
} as const;
