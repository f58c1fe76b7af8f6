// One writer and three readers of an arena, to be compiled with -fsanitize=thread: `threads PUBLICATIONS`. Every record and SOA of a
// publication is filled with one octet, so an answer of two publications shows. src/addon/threads.test.ts builds and runs it.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../answer.h"
#include "../arena.h"
#include "../batch.h"

enum { NAMES = 20, READERS = 3, SOA_OCTETS = 60 };

static struct arena *arena;
static _Atomic bool done;
static _Atomic long answered, torn;

static void *read_names(void *unused) {
  (void)unused;
  struct reader *reader = arena_reader(arena);
  uint64_t random = 1;
  uint8_t out[OWN_UDP_OCTETS];
  uint8_t query[] = {0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 1, 't', 0, 0, 1, 0, 1};
  while (!done) {
    const struct side *side = arena_enter(arena, reader);
    int seen = -1;
    for (int name = 0; name < NAMES; name++) {
      struct answer answer;
      query[13] = (uint8_t)('a' + name);
      answer_query(&answer, arena, side, &(struct client){0}, query, sizeof query, out, false, &random);
      if (answer.verdict != VERDICT_ANSWER || answer.length <= sizeof query) continue;
      answered++;
      // A negative answer begins with its pointer, which is no octet of the publication.
      const size_t from = out[7] == 1 ? sizeof query : sizeof query + 2;
      if (seen < 0) seen = out[from];
      for (size_t at = from; at < answer.length; at++) torn += out[at] != seen;
    }
    arena_leave(reader);
  }
  arena_reader_release(reader);
  return NULL;
}

struct batch {
  uint8_t octets[8192];
  size_t length;
};

static void put(struct batch *batch, const void *from, size_t length) {
  memcpy(batch->octets + batch->length, from, length);
  batch->length += length;
}

static void put8(struct batch *batch, int value) { put(batch, &(uint8_t){(uint8_t)value}, 1); }
static void put16(struct batch *batch, int value) { put(batch, &(uint16_t){(uint16_t)value}, 2); }
static void put32(struct batch *batch, uint32_t value) { put(batch, &value, 4); }

static void fill(struct batch *batch, int value, size_t length) {
  memset(batch->octets + batch->length, value, length);
  batch->length += length;
}

static void put_name(struct batch *batch, int name, int version) {
  const uint8_t wire[] = {1, (uint8_t)('a' + name), 1, 't', 0};
  const bool removed = (version + name) % 3 == 0;
  put8(batch, removed ? OP_NO_NAME : OP_NAME);
  if (!removed) {
    put32(batch, 0);
    put8(batch, 0);
  }
  put8(batch, sizeof wire);
  put(batch, wire, sizeof wire);
  if (removed) return;
  const struct entry entry = {.type = 1, .flags = 0x400, .answers = 1, .serial_at = NO_SERIAL, .length = (uint16_t)(16 + version % 40)};
  put8(batch, 1);
  put(batch, &entry, sizeof entry);
  fill(batch, version, entry.length);
}

static void put_zone(struct batch *batch, int version) {
  put8(batch, OP_FLAGS);
  put32(batch, ARENA_REFUSE);
  put8(batch, OP_ZONE);
  put32(batch, 0);
  put32(batch, 0);
  put16(batch, OWN_UDP_OCTETS);
  put8(batch, 0);
  put8(batch, 3);
  put16(batch, NO_SERIAL);
  put8(batch, 1);
  put16(batch, 0);
  put8(batch, 0);
  put8(batch, 0);
  put16(batch, SOA_OCTETS);
  fill(batch, version, SOA_OCTETS);
  put8(batch, OP_NAME);
  put32(batch, 0);
  put8(batch, 0);
  put8(batch, 3);
  put(batch, (uint8_t[]){1, 't', 0}, 3);
  put8(batch, 0);
}

int main(int count, char **arguments) {
  static struct batch batch;
  const int publications = count > 1 ? atoi(arguments[1]) : 1000;
  pthread_t threads[READERS];
  arena = arena_open((size_t)1 << 28, 42);
  if (arena == NULL) return 2;
  for (int at = 0; at < READERS; at++) pthread_create(&threads[at], NULL, read_names, NULL);
  const char *problem = NULL;
  for (int version = 0; version < publications && problem == NULL; version++) {
    batch.length = 0;
    put_zone(&batch, version);
    for (int name = 0; name < NAMES; name++) put_name(&batch, name, version);
    problem = arena_apply(arena, batch.octets, batch.length, true);
  }
  done = true;
  for (int at = 0; at < READERS; at++) pthread_join(threads[at], NULL);
  printf("%ld answers, %ld torn%s%s\n", answered, torn, problem == NULL ? "" : ": ", problem == NULL ? "" : problem);
  arena_release(arena);
  return torn == 0 && problem == NULL && answered > 0 ? 0 : 1;
}
