#include "query.h"

#include "octets.h"

enum { OPTION_NSID = 3, TYPE_OPT = 41, CLASS_IN = 1, HEADER_COUNTS = 4 };

// The options of an OPT: none, or an empty NSID alone (RFC 5001 2.1).
static bool read_options(struct query *query, const uint8_t *options, size_t length) {
  if (length == 0) return true;
  if (length != 4 || net16(options) != OPTION_NSID || net16(options + 2) != 0) return false;
  query->wants_nsid = true;
  return true;
}

enum query_kind query_read(struct query *query, const uint8_t *octets, size_t length, uint64_t seed) {
  if (length < HEADER_OCTETS) return QUERY_TOO_SHORT;
  if ((octets[2] & 0x80) != 0) return QUERY_IS_RESPONSE;
  query->has_edns = query->dnssec_ok = query->wants_nsid = false;
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
  return read_options(query, at + OPT_OCTETS, options) ? QUERY_PLAIN : QUERY_OTHER;
}
