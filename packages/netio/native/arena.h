// Answers by name, held twice as tables over one set of blocks ("left-right"): readers use one side while the writer changes the
// other, then the sides change places in one store. A reader neither waits nor repeats anything, whatever the writer does, and what it
// reads between arena_enter and arena_leave is one publication as a whole.
//
// One thread writes (JavaScript's). Up to MAX_READERS threads read.
#ifndef SEAMARK_ARENA_H
#define SEAMARK_ARENA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blocks.h"
#include "cookie.h"
#include "table.h"

enum { MAX_READERS = 256, SETTLE_AT_ONCE = 4096 };

enum {
  // Names in no zone are refused here; else they go to JavaScript.
  ARENA_REFUSE = 1,
  // Every question goes to JavaScript.
  ARENA_ASK_ALL = 2,
};

// One consistent state.
struct side {
  struct table names;
  block_id *zones; // by the number that nodes carry
  size_t zone_capacity;
  uint32_t flags;
  uint32_t serial;
  struct cookie_policy cookies;
};

// What was done to one side and must still be done to the other.
struct change {
  enum { CHANGE_PUT, CHANGE_REMOVE, CHANGE_ZONE, CHANGE_CLEAR } kind;
  uint32_t key; // hash of the name, or number of the zone
  block_id block; // put: the new one; remove: the one that goes; zone: the new one or 0
};

struct block_list {
  block_id *ids;
  size_t count;
  size_t capacity;
};

struct reader {
  _Alignas(64) _Atomic uint32_t inside; // 0, or 1 + the side in use
  _Atomic bool taken;
};

struct arena {
  struct blocks blocks;
  struct side sides[2];
  _Atomic uint32_t active; // the side that readers use
  struct reader readers[MAX_READERS];
  _Atomic uint32_t references;
  uint64_t seed;

  // The writer's own.
  struct change *changes;
  size_t change_count;
  size_t change_capacity;
  struct block_list retired; // no longer in the written side, maybe in the other
  bool behind; // the inactive side lacks the last publication, which `changes` and `retired` describe
  uint64_t publications;
  bool broken; // memory ran out in the middle of a change
};

struct arena *arena_open(size_t reserve, uint64_t seed);
void arena_hold(struct arena *arena);
// Frees the arena with its last reference.
void arena_release(struct arena *arena);

// Applies a batch (batch.c) and, with `publish`, shows it together with all batches before that were not published.
// Returns NULL or what is wrong; then nothing of the batch was applied.
const char *arena_apply(struct arena *arena, const uint8_t *batch, size_t length, bool publish);

// NULL when there are too many.
struct reader *arena_reader(struct arena *arena);
void arena_reader_release(struct reader *reader);

// Between these two the side stays as it is.
static inline const struct side *arena_enter(struct arena *arena, struct reader *reader) {
  for (;;) {
    const uint32_t side = atomic_load_explicit(&arena->active, memory_order_acquire);
    atomic_store_explicit(&reader->inside, side + 1, memory_order_seq_cst);
    // The writer looks at `inside` after it changed `active`: either it sees us, or we see the change here.
    if (atomic_load_explicit(&arena->active, memory_order_seq_cst) == side) return &arena->sides[side];
  }
}

static inline void arena_leave(struct reader *reader) { atomic_store_explicit(&reader->inside, 0, memory_order_release); }

// For batch.c.
struct side *arena_written_side(struct arena *arena);
bool arena_put_node(struct arena *arena, uint32_t hash, block_id node);
bool arena_remove_node(struct arena *arena, uint32_t hash, const uint8_t *name, size_t length);
bool arena_put_zone(struct arena *arena, uint32_t id, block_id zone);
bool arena_clear(struct arena *arena);
// Waits until no reader uses the inactive side, brings it up to date and frees what it alone still had. Called before the first
// change after a publication.
void arena_settle(struct arena *arena);

#endif
