#include "query.h"

#include "octets.h"

enum { OPTION_NSID = 3, OPTION_COOKIE = 10, OPTION_KEEPALIVE = 11, OPTION_PADDING = 12, TYPE_OPT = 41, CLASS_IN = 1, HEADER_COUNTS = 4 };

// The options of an OPT. Of several cookies the first counts; what is not known is ignored (RFC 6891 6.1.2). False when they do not
// fill the OPT.
static bool read_options(struct query *query, const uint8_t *at, const uint8_t *end) {
  while (at < end) {
    if (end - at < 4) return false;
    const size_t length = net16(at + 2);
    if ((size_t)(end - at) - 4 < length) return false;
    switch (net16(at)) {
      case OPTION_NSID:
        query->wants_nsid = true;
        break;
      case OPTION_COOKIE:
        if (query->cookie != NULL) break;
        query->cookie = at + 4;
        query->cookie_length = (uint16_t)length;
        break;
      case OPTION_KEEPALIVE:
      case OPTION_PADDING:
        query->wants_of_stream = true;
    }
    at += 4 + length;
  }
  return true;
}

enum query_kind query_read(struct query *query, const uint8_t *octets, size_t length, uint64_t seed) {
  if (length < HEADER_OCTETS) return QUERY_TOO_SHORT;
  if ((octets[2] & 0x80) != 0) return QUERY_IS_RESPONSE;
  query->has_edns = query->dnssec_ok = query->wants_nsid = query->wants_of_stream = false;
  query->cookie = NULL;
  query->udp_size = 0;
  // Opcode QUERY; one question, no answers, no authorities, at most one additional record.
  if ((octets[2] & 0x78) != 0) return QUERY_OTHER;
  static const uint8_t counts[7] = {0, 1, 0, 0, 0, 0, 0};
  if (memcmp(octets + HEADER_COUNTS, counts, sizeof counts) != 0 || octets[11] > 1) return QUERY_OTHER;
  const uint8_t *end = octets + length;
  const size_t name_length = name_read(&query->name, octets + HEADER_OCTETS, end, seed);
  if (name_length == 0) return QUERY_OTHER;
  const uint8_t *at = octets + HEADER_OCTETS + name_length;
  if (end - at < 4) return QUERY_OTHER;
  query->type = net16(at);
  if (net16(at + 2) != CLASS_IN) return QUERY_OTHER;
  at += 4;
  query->question_end = (uint16_t)(at - octets); // at most MAX_QUESTION_END
  if (octets[11] == 0) return at == end ? QUERY_PLAIN : QUERY_OTHER;
  if (end - at < OPT_OCTETS || at[0] != 0 || net16(at + 1) != TYPE_OPT || at[6] != 0) return QUERY_OTHER;
  const size_t options = net16(at + 9);
  if ((size_t)(end - at) != OPT_OCTETS + options) return QUERY_OTHER;
  query->has_edns = true;
  query->udp_size = net16(at + 3);
  query->dnssec_ok = (at[7] & 0x80) != 0;
  return read_options(query, at + OPT_OCTETS, end) ? QUERY_PLAIN : QUERY_OTHER;
}
