/** Errors of the process: listening, starting, stopping. */
export const runtimeErrors = {
  SM_LISTEN_FAILED: {
    meaning: 'An address cannot be listened on: the port is in use, is privileged, or the address is not on this host.',
    remedy: 'Give another address, or end the process that holds the port.',
  },
  SM_START_FAILED: {
    meaning: 'A component could not start.',
    remedy: 'Read the cause in the message.',
  },
  SM_STOP_TIMEOUT: {
    meaning: 'A component did not stop within its time and was left behind.',
    remedy: 'Report this with the log; nothing that was acknowledged is lost.',
  },
} as const;
