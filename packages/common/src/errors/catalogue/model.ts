/** Errors of values: addresses, ranges, names. */
export const modelErrors = {
  SM_ADDRESS_INVALID: {
    meaning: 'A text is not an IPv4 or IPv6 address, prefix or range.',
    remedy: 'Write a CIDR prefix (192.0.2.0/24) or a range of one family (192.0.2.1-192.0.2.9).',
  },
  SM_NAME_INVALID: {
    meaning: 'A text is not a DNS name: a label is empty or above 63 octets, or the name is above 255.',
    remedy: 'Shorten the name or correct the label that the message names.',
  },
} as const;
