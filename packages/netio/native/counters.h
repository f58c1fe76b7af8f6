// Numbers of what was answered here, by what zones say they are counted as. Each thread has its own and alone writes them; JavaScript adds them up for a scrape.
#ifndef SEAMARK_COUNTERS_H
#define SEAMARK_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer.h"

enum {
  // CoreDNS's labels of types, and one for all others.
  TYPE_SLOTS = 20,
  RESPONSE_CODE_SLOTS = 17,
  // CoreDNS's buckets, 0.25 ms doubled 15 times, and one above.
  DURATION_SLOTS = 17,
  // CoreDNS's buckets of octets, and one above.
  SIZE_SLOTS = 15,
};

// Where the counters of a zone stand; histograms have their sum behind them. src/udp/answer-counts.ts has the same.
enum {
  TYPES_AT = 0,
  RESPONSE_CODES_AT = TYPES_AT + TYPE_SLOTS,
  DURATIONS_AT = RESPONSE_CODES_AT + RESPONSE_CODE_SLOTS, // sum in ns
  QUERY_SIZES_AT = DURATIONS_AT + DURATION_SLOTS + 1,
  ANSWER_SIZES_AT = QUERY_SIZES_AT + SIZE_SLOTS + 1,
  DNSSEC_OK_AT = ANSWER_SIZES_AT + SIZE_SLOTS + 1,
  ZONE_COUNTERS,
};

enum drop_reason { DROP_TOO_SHORT, DROP_IS_RESPONSE, DROP_PORT_ZERO, DROP_OVERLOADED, DROP_SEND_FAILED, DROP_REASONS };

enum general_counter {
  COUNT_RECEIVED,
  COUNT_ANSWERED,
  COUNT_ASKED,
  COUNT_RECEIVED_OCTETS,
  COUNT_SENT_OCTETS,
  COUNT_BATCHES,
  GENERAL_COUNTERS,
};

struct counters {
  uint64_t general[GENERAL_COUNTERS];
  uint64_t drops[DROP_REASONS];
  uint32_t zones; // number of blocks of ZONE_COUNTERS: the first for no zone, the last also for all zones with larger numbers
  uint64_t *by_zone;
};

bool counters_open(struct counters *counters, uint32_t zones);
void counters_close(struct counters *counters);
// Counts an answer to a query of so many octets.
void counters_answer(struct counters *counters, const struct answer *answer, size_t query_octets);
// Notes how long an answer took, where that is known; follows its counters_answer.
void counters_duration(struct counters *counters, uint32_t counted_as, uint64_t nanoseconds);

#endif
