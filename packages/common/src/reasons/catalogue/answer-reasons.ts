import { defineReason } from '../reason-definition.ts';

/** What authoritative-dns says of stored keys (the object is `Key <key>`) and of zone files (`ZoneFile <path>`). */
export const answerReasons = {
  STORED_VALUE_UNREADABLE: defineReason<{ readonly key: string; readonly problem: string; readonly part?: string | undefined }>({
    severity: 'warning',
    message: (_object, p) =>
      p.part === undefined
        ? `${p.key} is not served: ${p.problem}; every other key is`
        : `${p.key} is served without ${p.part}: ${p.problem}; the rest of it is served, as is every other key`,
    remedy: () => 'correct or delete the key',
  }),
  ZONE_FILE_REFUSED: defineReason<{ readonly path: string; readonly problem: string; readonly served: string }>({
    severity: 'warning',
    message: (_object, p) => `${p.path} is not taken: ${p.problem}; ${p.served}`,
    remedy: () => 'correct the file; it is read again when it changes',
  }),
} as const;
