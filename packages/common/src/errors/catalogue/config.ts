/** Errors of configuration: flags, environment, files. Nothing has been started when one is thrown. */
export const configErrors = {
  SM_CONFIG_INVALID: {
    meaning: 'A flag, environment variable or key of the configuration file has a value that is not allowed, or is unknown.',
    remedy: 'Correct the setting that the message names; it says what is allowed.',
  },
  SM_CONFIG_UNREADABLE: {
    meaning: 'The configuration file does not exist, may not be read, or is not YAML or JSON.',
    remedy: 'Check the path given with --config and the line that the message names.',
  },
  SM_COREFILE_INVALID: {
    meaning: 'A Corefile cannot be read, or has a directive, option or value that is not allowed.',
    remedy: 'Correct the line that the message names; it says what is allowed.',
  },
} as const;
