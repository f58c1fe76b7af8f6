#include "arena.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "octets.h"

static bool side_open(struct side *side) {
  memset(side, 0, sizeof *side);
  side->flags = ARENA_ASK_ALL;
  return table_open(&side->names);
}

struct arena *arena_open(size_t reserve, uint64_t seed) {
  struct arena *arena = NULL;
  if (posix_memalign((void **)&arena, 64, sizeof *arena) != 0) return NULL;
  memset(arena, 0, sizeof *arena);
  arena->seed = seed;
  arena->references = 1;
  if (blocks_open(&arena->blocks, reserve) && side_open(&arena->sides[0]) && side_open(&arena->sides[1])) return arena;
  arena_release(arena);
  return NULL;
}

void arena_hold(struct arena *arena) { atomic_fetch_add(&arena->references, 1); }

void arena_release(struct arena *arena) {
  if (atomic_fetch_sub(&arena->references, 1) != 1) return;
  for (int side = 0; side < 2; side++) {
    table_close(&arena->sides[side].names);
    free(arena->sides[side].zones);
  }
  blocks_close(&arena->blocks);
  free(arena->changes);
  free(arena->retired.ids);
  free(arena);
}

struct reader *arena_reader(struct arena *arena) {
  for (int at = 0; at < MAX_READERS; at++) {
    if (!atomic_exchange(&arena->readers[at].taken, true)) return &arena->readers[at];
  }
  return NULL;
}

void arena_reader_release(struct reader *reader) {
  arena_leave(reader);
  atomic_store(&reader->taken, false);
}

struct side *arena_written_side(struct arena *arena) { return &arena->sides[1 - arena->active]; }

static bool push_change(struct arena *arena, struct change change) {
  if (arena->change_count == arena->change_capacity) {
    const size_t capacity = arena->change_capacity == 0 ? 64 : arena->change_capacity * 2;
    struct change *grown = realloc(arena->changes, capacity * sizeof *grown);
    if (grown == NULL) return false;
    arena->changes = grown;
    arena->change_capacity = capacity;
  }
  arena->changes[arena->change_count++] = change;
  return true;
}

static bool push_retired(struct arena *arena, block_id id) {
  struct block_list *list = &arena->retired;
  if (list->count == list->capacity) {
    const size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
    block_id *grown = realloc(list->ids, capacity * sizeof *grown);
    if (grown == NULL) return false;
    list->ids = grown;
    list->capacity = capacity;
  }
  list->ids[list->count++] = id;
  return true;
}

static bool zone_room(struct side *side, uint32_t id) {
  if (id < side->zone_capacity) return true;
  size_t capacity = side->zone_capacity == 0 ? 16 : side->zone_capacity;
  while (capacity <= id) capacity *= 2;
  block_id *grown = realloc(side->zones, capacity * sizeof *grown);
  if (grown == NULL) return false;
  memset(grown + side->zone_capacity, 0, (capacity - side->zone_capacity) * sizeof *grown);
  side->zones = grown;
  side->zone_capacity = capacity;
  return true;
}

static bool replay(struct arena *arena, struct side *side, struct change change) {
  switch (change.kind) {
    case CHANGE_PUT: {
      const struct node *node = block_at(&arena->blocks, change.block);
      if (!table_reserve(&side->names)) return false;
      struct slot *slot = table_slot(&side->names, &arena->blocks, change.key, node_name(node), node->name_length);
      if (slot->node == 0) side->names.count++;
      *slot = (struct slot){change.key, change.block};
      return true;
    }
    case CHANGE_REMOVE: {
      const struct node *node = block_at(&arena->blocks, change.block);
      struct slot *slot = table_slot(&side->names, &arena->blocks, change.key, node_name(node), node->name_length);
      if (slot->node != 0) table_remove(&side->names, slot);
      return true;
    }
    case CHANGE_ZONE:
      if (!zone_room(side, change.key)) return false;
      side->zones[change.key] = change.block;
      return true;
    case CHANGE_CLEAR:
      table_clear(&side->names);
      if (side->zones != NULL) memset(side->zones, 0, side->zone_capacity * sizeof *side->zones);
      return true;
  }
  return false;
}

// A reader stays inside for one batch of packets, some ten microseconds. On one core it may have lost the processor in the middle:
// then it gets ours.
static void wait_for_readers(struct arena *arena, uint32_t side) {
  for (int at = 0; at < MAX_READERS; at++) {
    for (int turns = 0; atomic_load_explicit(&arena->readers[at].inside, memory_order_seq_cst) == side + 1; turns++) {
      if (turns < 16) sched_yield();
      else nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    }
  }
}

static size_t block_octets(const struct arena *arena, block_id id) { return host32(block_at(&arena->blocks, id)); }

void arena_settle(struct arena *arena) {
  if (!arena->behind) return;
  const uint32_t written = 1 - arena->active;
  wait_for_readers(arena, written);
  struct side *side = &arena->sides[written];
  for (size_t at = 0; at < arena->change_count; at++) {
    if (!replay(arena, side, arena->changes[at])) arena->broken = true;
  }
  const struct side *active = &arena->sides[arena->active];
  side->flags = active->flags;
  side->serial = active->serial;
  side->cookies = active->cookies;
  for (size_t at = 0; at < arena->retired.count; at++) {
    blocks_free(&arena->blocks, arena->retired.ids[at], block_octets(arena, arena->retired.ids[at]));
  }
  arena->change_count = arena->retired.count = 0;
  arena->behind = false;
  // What a first load needed is not kept.
  if (arena->change_capacity > 65536) {
    free(arena->changes);
    arena->changes = NULL;
    arena->change_capacity = 0;
  }
}

bool arena_put_node(struct arena *arena, uint32_t hash, block_id id) {
  struct side *side = arena_written_side(arena);
  const struct node *node = block_at(&arena->blocks, id);
  if (!table_reserve(&side->names)) return false;
  struct slot *slot = table_slot(&side->names, &arena->blocks, hash, node_name(node), node->name_length);
  if (slot->node == 0) side->names.count++;
  else if (!push_retired(arena, slot->node)) return false;
  *slot = (struct slot){hash, id};
  return push_change(arena, (struct change){CHANGE_PUT, hash, id});
}

bool arena_remove_node(struct arena *arena, uint32_t hash, const uint8_t *name, size_t length) {
  struct side *side = arena_written_side(arena);
  struct slot *slot = table_slot(&side->names, &arena->blocks, hash, name, length);
  if (slot->node == 0) return true;
  const block_id id = slot->node;
  table_remove(&side->names, slot);
  return push_retired(arena, id) && push_change(arena, (struct change){CHANGE_REMOVE, hash, id});
}

bool arena_put_zone(struct arena *arena, uint32_t id, block_id zone) {
  struct side *side = arena_written_side(arena);
  if (!zone_room(side, id)) return false;
  if (side->zones[id] != 0 && !push_retired(arena, side->zones[id])) return false;
  side->zones[id] = zone;
  return push_change(arena, (struct change){CHANGE_ZONE, id, zone});
}

bool arena_clear(struct arena *arena) {
  struct side *side = arena_written_side(arena);
  for (size_t at = 0; at <= side->names.mask; at++) {
    if (side->names.slots[at].node != 0 && !push_retired(arena, side->names.slots[at].node)) return false;
  }
  for (size_t at = 0; at < side->zone_capacity; at++) {
    if (side->zones[at] != 0 && !push_retired(arena, side->zones[at])) return false;
  }
  const struct change change = {CHANGE_CLEAR, 0, 0};
  return replay(arena, side, change) && push_change(arena, change);
}
