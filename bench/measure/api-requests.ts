import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';

/** Every request that clients make at one API server, from its audit log; those that the API server makes of itself are left out. */
export interface ApiRequestLog extends Disposable {
  /** For `startApiServer`. */
  readonly extraArgs: readonly string[];
  /** Requests received since `since` (wall clock), as `VERB RESOURCE` → count. A watch counts once, when it opens. */
  readonly requests: (since: Date) => Readonly<Record<string, number>>;
}

interface AuditEvent {
  readonly auditID: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly requestURI: string;
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: { readonly resource?: string };
}

/** Prepares an audit log. */
export function auditLog(): ApiRequestLog {
  const folder = temporaryFolder('bench-audit');
  const [policyFile, logFile] = [join(folder.path, 'policy.yaml'), join(folder.path, 'audit.log')];
  writeFileSync(
    policyFile,
    JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] }),
  );
  return {
    extraArgs: [`--audit-policy-file=${policyFile}`, `--audit-log-path=${logFile}`],
    requests(since) {
      const seen = new Map<string, string>();
      for (const line of readFileSync(logFile, 'utf8').split('\n')) {
        if (line === '') continue;
        const event = JSON.parse(line) as AuditEvent;
        // A watch has two events, at its start and at its end.
        if (event.user.username === 'system:apiserver' || new Date(event.requestReceivedTimestamp) < since) continue;
        seen.set(event.auditID, `${event.verb} ${event.objectRef?.resource ?? event.requestURI.replace(/\?.*/, '')}`);
      }
      const counts: Record<string, number> = {};
      for (const request of seen.values()) counts[request] = (counts[request] ?? 0) + 1;
      return counts;
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
