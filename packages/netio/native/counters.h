// Numbers of what was answered here, by zone. Each thread has its own and alone writes them; JavaScript adds them up for a scrape.
#ifndef SEAMARK_COUNTERS_H
#define SEAMARK_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer.h"

enum {
  // CoreDNS's labels of types, and one for all others.
  TYPE_SLOTS = 26,
  RESPONSE_CODE_SLOTS = 17,
  // CoreDNS's buckets, 0.25 ms doubled 15 times, and one above.
  DURATION_SLOTS = 17,
  ZONE_COUNTERS = TYPE_SLOTS + RESPONSE_CODE_SLOTS + DURATION_SLOTS + 1, // the last is the sum of durations in ns
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
void counters_answer(struct counters *counters, const struct answer *answer);
// Notes how long one or several answers took; follows counters_answer of each.
void counters_duration(struct counters *counters, uint32_t zone, uint64_t nanoseconds);

#endif
