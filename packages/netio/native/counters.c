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

static uint64_t *of_zone(struct counters *counters, uint32_t counted_as) {
  const uint32_t last = counters->zones - 1;
  const uint32_t block = counted_as == NO_ZONE ? 0 : counted_as + 1 > last ? last : counted_as + 1;
  return counters->by_zone + (size_t)block * ZONE_COUNTERS;
}

// In the order of `countedTypes` in src/udp/answer-counts.ts.
static size_t type_slot(uint16_t type) {
  static const uint8_t slots[66] = {
      [1] = 1,   [2] = 2,   [5] = 3,   [6] = 4,   [12] = 5,  [15] = 6,  [16] = 7,  [28] = 8,
      [33] = 9,  [43] = 10, [46] = 11, [47] = 12, [48] = 13, [50] = 14, [64] = 15, [65] = 16,
  };
  const size_t other = TYPE_SLOTS - 1;
  if (type < sizeof slots) return slots[type] == 0 ? other : slots[type] - 1u;
  return type == 251 ? 16 : type == 252 ? 17 : type == 255 ? 18 : other;
}

static void count_size(uint64_t *of, size_t octets) {
  static const uint16_t bounds[SIZE_SLOTS - 1] = {0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16000, 32000, 48000, 64000};
  size_t slot = octets <= 400 ? (octets + 99) / 100 : 5;
  while (slot < SIZE_SLOTS - 1 && octets > bounds[slot]) slot++;
  of[slot]++;
  of[SIZE_SLOTS] += octets;
}

void counters_answer(struct counters *counters, const struct answer *answer, size_t query_octets) {
  uint64_t *zone = of_zone(counters, answer->counted_as);
  zone[TYPES_AT + type_slot(answer->type)]++;
  zone[RESPONSE_CODES_AT + (answer->response_code < RESPONSE_CODE_SLOTS ? answer->response_code : RESPONSE_CODE_SLOTS - 1)]++;
  count_size(zone + QUERY_SIZES_AT, query_octets);
  count_size(zone + ANSWER_SIZES_AT, answer->length);
  zone[DNSSEC_OK_AT] += answer->dnssec_ok;
  counters->general[COUNT_ANSWERED]++;
  counters->general[COUNT_SENT_OCTETS] += answer->length;
}

void counters_duration(struct counters *counters, uint32_t counted_as, uint64_t nanoseconds) {
  uint64_t *of = of_zone(counters, counted_as) + DURATIONS_AT;
  size_t bucket = 0;
  for (uint64_t bound = 250000; bucket < DURATION_SLOTS - 1 && nanoseconds > bound; bound *= 2) bucket++;
  of[bucket]++;
  of[DURATION_SLOTS] += nanoseconds;
}
