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
  SM_FORWARDING_LOOP: {
    meaning: 'A question that the server asked itself came back through its own upstreams: it would forward to itself for ever.',
    remedy: 'Point forward at a resolver that does not lead back here; /etc/resolv.conf of a host often names a local stub that does.',
  },
  SM_SNAPSHOT_UNUSABLE: {
    meaning: 'The snapshot of the zones on disk is damaged, of another version or of other keys; nothing of it is served.',
    remedy: 'Nothing once the store is back: a new one is written. Until then, put a good copy of the file in its place, or delete it.',
  },
  SM_ZONE_FILE_INVALID: {
    meaning: 'A zone file cannot be read, or what it says is no zone.',
    remedy: 'Correct the line that the message names. A server that runs goes on with the version before.',
  },
} as const;
