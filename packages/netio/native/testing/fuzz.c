// Mutated packets and batches against the same code that answers, to be compiled with sanitizers:
// `fuzz SEED PACKETS`. Says how many were answered; a sanitizer ends it otherwise. src/addon/fuzz.test.ts builds and runs it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../answer.h"
#include "../arena.h"
#include "../batch.h"
#include "../counters.h"

static uint64_t state;

static uint32_t below(uint32_t limit) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)((state >> 16) % limit);
}

struct writer {
  uint8_t octets[65536];
  size_t length;
};

static void put(struct writer *to, const void *from, size_t length) {
  if (to->length + length > sizeof to->octets) return;
  memcpy(to->octets + to->length, from, length);
  to->length += length;
}

static void put8(struct writer *to, uint32_t value) { put(to, &(uint8_t){(uint8_t)value}, 1); }
static void put16(struct writer *to, uint32_t value) { put(to, &(uint16_t){(uint16_t)value}, 2); }
static void put32(struct writer *to, uint32_t value) { put(to, &value, 4); }

// One to four labels of few letters below `t`, the zone.
static size_t random_name(uint8_t *name) {
  size_t at = 0;
  for (uint32_t labels = below(4); labels > 0; labels--) {
    const uint32_t length = below(20) == 0 ? 1 + below(63) : 1;
    if (at + length + 4 > 250) break;
    name[at++] = (uint8_t)length;
    for (uint32_t letter = 0; letter < length; letter++) name[at++] = below(10) == 0 ? '*' : (uint8_t)('a' + below(4));
  }
  name[at++] = 1;
  name[at++] = 't';
  name[at++] = 0;
  return at;
}

static void put_name(struct writer *batch) {
  static const uint8_t octets[4096];
  uint8_t name[256];
  const size_t length = random_name(name);
  put8(batch, OP_NAME);
  put32(batch, below(16) == 0);
  put8(batch, below(8) == 0 ? below(8) : NODE_WILDCARD);
  put8(batch, (uint32_t)length);
  put(batch, name, length);
  const uint32_t entries = below(4);
  put8(batch, entries);
  for (uint32_t at = 0; at < entries; at++) {
    const uint32_t count = below(5), unit = 16 + below(below(10) == 0 ? 700 : 20);
    struct entry entry = {.kind = (uint8_t)(below(4) == 0 ? below(4) : ENTRY_ANSWER), .type = (uint16_t)(below(3) == 0 ? 28 : 1), .answers = (uint16_t)count, .unit = (uint16_t)unit,
                          .serial_at = NO_SERIAL, .length = (uint16_t)(count * unit), .flags = 0x400};
    put(batch, &entry, sizeof entry);
    put(batch, octets, entry.length);
  }
}

static void put_zone(struct writer *batch) {
  static const uint8_t soa[60] = {0xc0, 12};
  put8(batch, OP_ZONE);
  put32(batch, below(8) == 0);
  put32(batch, below(4));
  put16(batch, 512 + below(720));
  put8(batch, below(16));
  put8(batch, 3);
  put16(batch, 30);
  put8(batch, 1);
  put16(batch, 0);
  put8(batch, 0);
  put8(batch, 3);
  put(batch, "abc", 3);
  put16(batch, sizeof soa);
  put(batch, soa, sizeof soa);
}

static void random_batch(struct writer *batch) {
  batch->length = 0;
  for (uint32_t ops = below(30); ops > 0; ops--) {
    uint8_t name[256];
    switch (below(20)) {
      case 0:
        if (below(20) != 0) break;
        put8(batch, OP_CLEAR);
        put_zone(batch);
        break;
      case 1:
        put8(batch, OP_FLAGS);
        put32(batch, below(20) == 0 ? below(4) : ARENA_REFUSE);
        break;
      case 2:
        put_zone(batch);
        break;
      case 3: {
        const size_t length = random_name(name);
        put8(batch, OP_NO_NAME);
        put8(batch, (uint32_t)length);
        put(batch, name, length);
        break;
      }
      case 4:
        put8(batch, OP_COOKIES);
        put8(batch, below(20) == 0 ? below(5) : COOKIES_ANSWER + below(2));
        put8(batch, below(20) == 0 ? below(4) : 2);
        put8(batch, below(3));
        put(batch, (uint8_t[31]){below(20) == 0}, 31);
        break;
      default:
        put_name(batch);
    }
  }
}

static const uint8_t address[16] = {192, 0, 2, 1};
static struct cookie_policy secrets = {.mode = COOKIES_ANSWER, .secrets = 2};

// An OPT with one to four options, cookies of all kinds among them.
static size_t put_options(uint8_t *opt) {
  static const uint8_t head[9] = {0, 0, 41, 4, 208, 0, 0, 0, 0};
  memcpy(opt, head, sizeof head);
  size_t at = 11;
  for (uint32_t options = 1 + below(4); options > 0; options--) {
    const uint32_t code = below(2) == 0 ? 10 : below(16);
    uint32_t length = code != 10 ? below(12) : below(3) == 0 ? 8 : below(2) == 0 ? 24 : below(42);
    opt[at++] = 0;
    opt[at++] = (uint8_t)code;
    opt[at++] = 0;
    opt[at++] = (uint8_t)length;
    memset(opt + at, 7, length);
    if (code == 10 && length == 24 && below(2) == 0) {
      const struct client client = {address, below(2) == 0 ? 4 : 16, 1000000 - below(4000) + 300};
      const uint8_t own[8] = {1, 2, 3};
      secrets.secret[0][0] = (uint8_t)below(3);
      cookie_answer(&secrets, &client, own, sizeof own, opt + at);
    }
    at += length;
  }
  opt[9] = (uint8_t)((at - 11) >> 8);
  opt[10] = (uint8_t)(at - 11);
  return at;
}

static size_t random_query(uint8_t *query) {
  static const uint8_t header[12] = {1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
  static const uint8_t opt[15] = {0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 4, 0, 3, 0, 0};
  memcpy(query, header, 12);
  size_t at = 12 + random_name(query + 12);
  query[at++] = 0;
  query[at++] = below(2) == 0 ? 1 : 28;
  query[at++] = 0;
  query[at++] = 1;
  const size_t length = below(2) == 0 ? 15 : 11;
  query[11] = (uint8_t)(below(4) != 0);
  if (query[11] != 0 && below(3) == 0) return at + put_options(query + at);
  if (query[11] != 0) {
    memcpy(query + at, opt, 15);
    if (length == 11) query[at + 10] = 0;
    at += length;
  }
  return at;
}

static size_t mutate(uint8_t *octets, size_t length, size_t room) {
  for (uint32_t changes = below(4); changes > 0; changes--) {
    const size_t at = length == 0 ? 0 : below((uint32_t)length);
    switch (below(4)) {
      case 0:
        length = at;
        break;
      case 1:
        if (length < room) octets[length++] = (uint8_t)below(256);
        break;
      default:
        if (length > 0) octets[at] = below(2) == 0 ? (uint8_t)below(256) : (uint8_t)(below(2) == 0 ? 0xc0 : 63);
    }
  }
  return length;
}

// Gives exactly its size to the heap, so that a sanitizer sees each octet read beyond it.
static uint8_t *exact(const uint8_t *octets, size_t length) {
  uint8_t *copy = malloc(length == 0 ? 1 : length);
  if (length > 0) memcpy(copy, octets, length);
  return copy;
}

static struct writer batch;

int main(int count, char **arguments) {
  state = count > 1 ? strtoull(arguments[1], NULL, 10) * 2654435761u + 1 : 1;
  const long packets = count > 2 ? strtol(arguments[2], NULL, 10) : 100000;
  struct arena *arena = arena_open((size_t)1 << 30, state);
  struct counters counters;
  if (arena == NULL || !counters_open(&counters, 1)) return 2;
  uint64_t random = 1;
  long answered = 0;
  uint8_t *udp = malloc(OWN_UDP_OCTETS);
  uint8_t *stream = malloc(MAX_MESSAGE_OCTETS);
  for (long packet = 0; packet < packets; packet++) {
    if (packet % 16 == 0) {
      random_batch(&batch);
      const size_t length = below(4) == 0 ? mutate(batch.octets, batch.length, sizeof batch.octets) : batch.length;
      uint8_t *octets = exact(batch.octets, length);
      arena_apply(arena, octets, length, below(4) != 0);
      free(octets);
    }
    const struct side *side = &arena->sides[arena->active];
    uint8_t query[512];
    const size_t length = mutate(query, random_query(query), sizeof query);
    uint8_t *octets = exact(query, length);
    struct answer answer;
    const struct client client = {address, (uint8_t)(below(10) == 0 ? 0 : below(2) == 0 ? 4 : 16), 1000000};
    answer_query(&answer, arena, side, &client, octets, length, udp, false, &random);
    if (answer.verdict == VERDICT_ANSWER) {
      answered++;
      counters_answer(&counters, &answer, length);
      if (answer.length > OWN_UDP_OCTETS || answer.length < HEADER_OCTETS) return 3;
    }
    if (packet % 8 == 0) {
      answer_query(&answer, arena, side, &client, octets, length, stream, true, &random);
      if (answer.verdict == VERDICT_ANSWER && (answer.length > MAX_MESSAGE_OCTETS || answer.length < HEADER_OCTETS)) return 4;
    }
    free(octets);
  }
  printf("%ld of %ld answered, %zu names\n", answered, packets, arena->sides[arena->active].names.count);
  free(udp);
  free(stream);
  counters_close(&counters);
  arena_release(arena);
  return answered > packets / 10 ? 0 : 5;
}
