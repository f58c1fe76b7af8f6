// From a query to the octets of its answer.
#ifndef SEAMARK_ANSWER_H
#define SEAMARK_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "query.h"

enum verdict { VERDICT_ANSWER, VERDICT_ASK, VERDICT_DROP };

enum { NO_ZONE = UINT32_MAX };

// What became of a query, for the counters.
struct answer {
  enum verdict verdict;
  enum query_kind kind;
  size_t length;
  uint32_t counted_as; // as the zone says, or NO_ZONE
  uint16_t type;
  uint8_t response_code;
  bool dnssec_ok; // asked with DO
};

// Answers a query that was read as QUERY_PLAIN. `out` has room for OWN_UDP_OCTETS, or with `stream` for MAX_MESSAGE_OCTETS; `octets` is the
// query itself. The side must not change meanwhile. `random` is the state of a generator, for the order of records.
void answer_plain(struct answer *answer, const struct side *side, const struct blocks *blocks, const struct query *query,
                  const struct client *client, const uint8_t *octets, uint8_t *out, bool stream, uint64_t *random);

// Reads and answers.
void answer_query(struct answer *answer, const struct arena *arena, const struct side *side, const struct client *client,
                  const uint8_t *octets, size_t length, uint8_t *out, bool stream, uint64_t *random);

#endif
