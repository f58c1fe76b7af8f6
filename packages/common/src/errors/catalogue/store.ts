/** Errors of the KvStore seam and of the durable log beneath the embedded store. */
export const storeErrors = {
  SM_STORE_UNAVAILABLE: {
    meaning: 'The store cannot be reached, or did not answer in time.',
    remedy: 'Nothing: the request is tried again. If it lasts, check the endpoints and the store itself.',
  },
  SM_STORE_UNAUTHENTICATED: {
    meaning: 'The store refuses the user, password or certificate, or the user may not read or write the prefix.',
    remedy: 'Check the credentials and the role that the message names.',
  },
  SM_STORE_TLS: {
    meaning: 'The TLS connection to the store failed: a certificate is not trusted, has expired, or a file cannot be read.',
    remedy: 'Check the CA, certificate and key files that the message names.',
  },
  SM_STORE_COMPACTED: {
    meaning: 'The revision asked for has been compacted away.',
    remedy: 'Read the present state and watch from there; mirrors do so by themselves.',
  },
  SM_STORE_REJECTED: {
    meaning:
      'The store refuses a request as such: a transaction that writes a key twice, too many steps, a value that is too big, a revision of the future.',
    remedy:
      'Report this: it is a defect of the caller, unless the limits of the store (etcd: --max-request-bytes, --max-txn-ops) were lowered.',
  },
  SM_STORE_CLOSED: {
    meaning: 'The store was used after it had been closed.',
    remedy: 'Report this: it is a defect of the caller.',
  },
  SM_STORE_LOCKED: {
    meaning: 'Another process has the data folder open.',
    remedy: 'End the process that the message names, or give another folder with --data-dir.',
  },
  SM_STORE_CORRUPT: {
    meaning: 'The data file is damaged before its last record, so it is not the remains of an interrupted write.',
    remedy: 'Restore the folder from a backup, or move it away to start empty; records are then made anew.',
  },
  SM_STORE_WRITE_FAILED: {
    meaning: 'The data file could not be written (disk full, read-only, or an I/O error).',
    remedy: 'Free space or mend the disk, then start again; everything acknowledged is kept.',
  },
  SM_STORE_LEASE_LOST: {
    meaning: 'A lease ended before it was kept alive, and its keys are gone.',
    remedy: 'Nothing: the owner takes a new lease and writes again.',
  },
} as const;
