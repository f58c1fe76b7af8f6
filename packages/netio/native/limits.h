// Sizes of DNS messages. Everything that bounds a buffer is here, with its derivation.
#ifndef SEAMARK_LIMITS_H
#define SEAMARK_LIMITS_H

enum {
  // RFC 1035 4.1.1.
  HEADER_OCTETS = 12,
  // RFC 1035 3.1, lengths and the root's zero included.
  MAX_NAME_OCTETS = 255,
  MAX_LABEL_OCTETS = 63,
  // Each label takes two octets at least, and the root's zero one: (255 - 1) / 2.
  MAX_LABELS = 127,
  // Header, name, type, class: the most that an answer repeats of a query. Below MIN_UDP_OCTETS, so it always fits.
  MAX_QUESTION_END = HEADER_OCTETS + MAX_NAME_OCTETS + 4,
  // OPT without options: root name, type, class, TTL, RDLENGTH.
  OPT_OCTETS = 11,
  // Option code, length and INFO-CODE (RFC 8914 2).
  EXTENDED_ERROR_OCTETS = 6,
  // RFC 1035 4.2.1; also the least that EDNS may ask for (RFC 6891 6.2.3).
  MIN_UDP_OCTETS = 512,
  // 1280 (least IPv6 MTU) - 40 (IPv6) - 8 (UDP).
  OWN_UDP_OCTETS = 1232,
  // The client's part of a cookie (RFC 7873 4), and with ours (RFC 9018 4).
  CLIENT_COOKIE_OCTETS = 8,
  COOKIE_OCTETS = 24,
  // A length over TCP has two octets.
  MAX_MESSAGE_OCTETS = 65535,
  // A name server identifier (RFC 5001) that we send: with header, longest question, OPT and cookie (271 + 11 + 4 + 28) it stays below 512.
  MAX_NSID_OCTETS = 128,
  // Types of a zone that must not be answered here.
  MAX_EXCEPT_TYPES = 16,
};

#endif
