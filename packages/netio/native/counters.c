#include "counters.h"

#include <stdlib.h>
#include <string.h>

bool counters_open(struct counters *counters, uint32_t zones) {
  memset(counters, 0, sizeof *counters);
  counters->zones = zones + 2;
  counters->by_zone = calloc((size_t)counters->zones * ZONE_COUNTERS, sizeof(uint64_t));
  return counters->by_zone != NULL;
}

void counters_close(struct counters *counters) {
  free(counters->by_zone);
  counters->by_zone = NULL;
}

static uint64_t *of_zone(struct counters *counters, uint32_t zone) {
  const uint32_t last = counters->zones - 1;
  const uint32_t block = zone == NO_ZONE ? 0 : zone + 1 > last ? last : zone + 1;
  return counters->by_zone + (size_t)block * ZONE_COUNTERS;
}

// In the order of `countedTypes` in src/udp/answer-counts.ts.
static size_t type_slot(uint16_t type) {
  static const uint8_t slots[66] = {
      [1] = 1,  [2] = 2,  [5] = 3,  [6] = 4,  [12] = 5,  [13] = 6,  [15] = 7,  [16] = 8,  [28] = 9,  [33] = 10, [35] = 11,
      [43] = 12, [46] = 13, [47] = 14, [48] = 15, [50] = 16, [51] = 17, [52] = 18, [59] = 19, [60] = 20, [64] = 21, [65] = 22,
  };
  const size_t other = TYPE_SLOTS - 1;
  if (type < sizeof slots) return slots[type] == 0 ? other : slots[type] - 1u;
  return type == 251 ? 22 : type == 252 ? 23 : type == 255 ? 24 : other;
}

void counters_answer(struct counters *counters, const struct answer *answer) {
  uint64_t *zone = of_zone(counters, answer->zone);
  zone[type_slot(answer->type)]++;
  zone[TYPE_SLOTS + (answer->response_code < RESPONSE_CODE_SLOTS ? answer->response_code : RESPONSE_CODE_SLOTS - 1)]++;
  counters->general[COUNT_ANSWERED]++;
  counters->general[COUNT_SENT_OCTETS] += answer->length;
}

void counters_duration(struct counters *counters, uint32_t zone, uint64_t nanoseconds) {
  uint64_t *of = of_zone(counters, zone) + TYPE_SLOTS + RESPONSE_CODE_SLOTS;
  size_t bucket = 0;
  for (uint64_t bound = 250000; bucket < DURATION_SLOTS - 1 && nanoseconds > bound; bound *= 2) bucket++;
  of[bucket]++;
  of[DURATION_SLOTS] += nanoseconds;
}
