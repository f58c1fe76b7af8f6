/** Errors of the DNS wire format and of stored records. */
export const dnsErrors = {
  SM_DNS_MALFORMED: {
    meaning: 'A DNS message ends too early, points outside itself, or breaks a limit of RFC 1035.',
    remedy: 'Nothing: the message is answered with FORMERR or dropped, and counted.',
  },
  SM_RECORD_UNREADABLE: {
    meaning: 'A value in the store is not a record: not JSON, a field of the wrong type, or a key that is not a name.',
    remedy: 'Correct or delete the key that the message names; all other records stay served.',
  },
} as const;
