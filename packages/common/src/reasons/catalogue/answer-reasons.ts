import { defineReason } from '../reason-definition.ts';

/** What authoritative-dns says of stored keys. The object of each is `Key <key>`. */
export const answerReasons = {
  STORED_VALUE_UNREADABLE: defineReason<{ readonly key: string; readonly problem: string }>({
    severity: 'warning',
    message: (_object, p) => `${p.key} is not served: ${p.problem}; every other key is`,
    remedy: () => 'correct or delete the key',
  }),
} as const;
