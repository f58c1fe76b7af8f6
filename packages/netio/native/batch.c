#include "batch.h"

#include "arena.h"
#include "name.h"
#include "octets.h"

// Reads a batch from front to back and never past its end; after `failed` everything reads as 0.
struct cursor {
  const uint8_t *at;
  const uint8_t *end;
  bool failed;
};

static const uint8_t *take(struct cursor *cursor, size_t octets) {
  static const uint8_t nothing[256];
  if ((size_t)(cursor->end - cursor->at) < octets) {
    cursor->failed = true;
    cursor->at = cursor->end;
    return nothing; // callers read at most 255 octets before they look at `failed`
  }
  const uint8_t *taken = cursor->at;
  cursor->at += octets;
  return taken;
}

static uint8_t take8(struct cursor *cursor) { return *take(cursor, 1); }
static uint16_t take16(struct cursor *cursor) { return host16(take(cursor, 2)); }
static uint32_t take32(struct cursor *cursor) { return host32(take(cursor, 4)); }

struct zone_op {
  struct zone zone;
  const uint8_t *soa;
  const uint8_t *nsid;
};

static const char *read_zone(struct cursor *cursor, struct zone_op *op) {
  struct zone *zone = &op->zone;
  memset(zone, 0, sizeof *zone);
  zone->id = take32(cursor);
  zone->counted_as = take32(cursor);
  zone->udp_limit = take16(cursor);
  zone->flags = take8(cursor);
  zone->apex_length = take8(cursor);
  zone->serial_at = take16(cursor);
  zone->pointer_count = take8(cursor);
  if (zone->pointer_count > 3) return "a zone has more than three pointers";
  for (int at = 0; at < zone->pointer_count; at++) zone->pointers[at] = take16(cursor);
  zone->except_count = take8(cursor);
  if (zone->except_count > MAX_EXCEPT_TYPES) return "a zone has too many excepted types";
  for (int at = 0; at < zone->except_count; at++) zone->except_types[at] = take16(cursor);
  zone->nsid_length = take8(cursor);
  if (zone->nsid_length > MAX_NSID_OCTETS) return "a name server identifier is too long";
  op->nsid = take(cursor, zone->nsid_length);
  zone->soa_length = take16(cursor);
  op->soa = take(cursor, zone->soa_length);
  if (cursor->failed) return "a zone ends early";
  if (zone->id >= MAX_ZONES) return "the number of a zone is too large";
  if (zone->udp_limit < MIN_UDP_OCTETS || zone->udp_limit > OWN_UDP_OCTETS) return "the UDP limit of a zone is out of range";
  if (zone->apex_length == 0) return "a zone has no name";
  for (int at = 0; at < zone->pointer_count; at++) {
    if (zone->pointers[at] + 2 > zone->soa_length) return "a pointer of a zone is out of its SOA";
  }
  if (zone->serial_at != NO_SERIAL && zone->serial_at + 4 > zone->soa_length) return "the serial of a zone is out of its SOA";
  zone->octets = (uint32_t)(sizeof *zone + zone->soa_length + zone->nsid_length);
  return NULL;
}

struct name_op {
  struct node node;
  const uint8_t *name;
  const uint8_t *entries;
  size_t entries_octets;
};

static const char *read_name(struct cursor *cursor, struct name_op *op) {
  struct node *node = &op->node;
  memset(node, 0, sizeof *node);
  node->zone = take32(cursor);
  node->flags = take8(cursor);
  node->name_length = take8(cursor);
  op->name = take(cursor, node->name_length);
  node->entries = take8(cursor);
  op->entries = cursor->at;
  for (int at = 0; at < node->entries; at++) {
    struct entry entry;
    memcpy(&entry, take(cursor, sizeof entry), sizeof entry);
    take(cursor, entry.length);
    if (cursor->failed) break;
    if (entry.serial_at != NO_SERIAL && entry.serial_at + 4 > entry.length) return "a serial is out of its answer";
    if (entry.kind > ENTRY_WHOLE_FIXED) return "a kind of answer is unknown";
    if (entry.unit != 0 && entry.unit * entry.answers != entry.length) return "records of one size do not fill their answer";
  }
  if (cursor->failed) return "a name ends early";
  op->entries_octets = (size_t)(cursor->at - op->entries);
  const size_t octets = sizeof *node + node->name_length + op->entries_octets;
  if (octets > MAX_BLOCK_OCTETS) return "a name has too much data";
  if (node->zone >= MAX_ZONES) return "the number of a zone is too large";
  node->octets = (uint32_t)octets;
  return NULL;
}

static const char *read_cookies(struct cursor *cursor, struct cookie_policy *policy) {
  memset(policy, 0, sizeof *policy);
  policy->mode = take8(cursor);
  policy->secrets = take8(cursor);
  if (policy->mode > COOKIES_REQUIRE) return "a mode of cookies is unknown";
  if (policy->secrets > 2 || (policy->mode >= COOKIES_ANSWER && policy->secrets == 0)) return "cookies have one secret or two";
  for (int at = 0; at < policy->secrets; at++) memcpy(policy->secret[at], take(cursor, COOKIE_SECRET_OCTETS), COOKIE_SECRET_OCTETS);
  return NULL;
}

static const char *read_key(struct name *key, const uint8_t *name, size_t length, uint64_t seed) {
  return length > 0 && name_read(key, name, name + length, seed) == length ? NULL : "a name is not in wire form";
}

// Reads all of a batch without changing anything, and adds up what its blocks take.
static const char *check(const struct arena *arena, const uint8_t *batch, size_t length, size_t *needed) {
  struct cursor cursor = {batch, batch + length, false};
  struct name key;
  *needed = 0;
  while (cursor.at < cursor.end) {
    const char *problem = NULL;
    switch (take8(&cursor)) {
      case OP_ZONE: {
        struct zone_op op;
        problem = read_zone(&cursor, &op);
        *needed += blocks_size(op.zone.octets);
        break;
      }
      case OP_NAME: {
        struct name_op op;
        problem = read_name(&cursor, &op);
        if (problem == NULL) problem = read_key(&key, op.name, op.node.name_length, arena->seed);
        *needed += blocks_size(op.node.octets);
        break;
      }
      case OP_NO_NAME: {
        const size_t name_length = take8(&cursor);
        const uint8_t *name = take(&cursor, name_length);
        problem = cursor.failed ? "a name ends early" : read_key(&key, name, name_length, arena->seed);
        break;
      }
      case OP_NO_ZONE:
        if (take32(&cursor) >= MAX_ZONES) problem = "the number of a zone is too large";
        break;
      case OP_SERIAL:
      case OP_FLAGS:
        take32(&cursor);
        break;
      case OP_CLEAR:
        break;
      case OP_COOKIES: {
        struct cookie_policy policy;
        problem = read_cookies(&cursor, &policy);
        break;
      }
      default:
        problem = "an operation is unknown";
    }
    if (problem != NULL) return problem;
    if (cursor.failed) return "the batch ends early";
  }
  return NULL;
}

static bool apply_zone(struct arena *arena, struct cursor *cursor) {
  struct zone_op op;
  read_zone(cursor, &op);
  const block_id id = blocks_take(&arena->blocks, op.zone.octets);
  if (id == 0) return false;
  struct zone *zone = block_at(&arena->blocks, id);
  *zone = op.zone;
  memcpy((uint8_t *)(zone + 1), op.soa, zone->soa_length);
  memcpy((uint8_t *)(zone + 1) + zone->soa_length, op.nsid, zone->nsid_length);
  return arena_put_zone(arena, zone->id, id);
}

static bool apply_name(struct arena *arena, struct cursor *cursor) {
  struct name_op op;
  struct name key;
  read_name(cursor, &op);
  name_read(&key, op.name, op.name + op.node.name_length, arena->seed);
  const block_id id = blocks_take(&arena->blocks, op.node.octets);
  if (id == 0) return false;
  struct node *node = block_at(&arena->blocks, id);
  *node = op.node;
  memcpy((uint8_t *)(node + 1), key.octets, node->name_length);
  memcpy((uint8_t *)(node + 1) + node->name_length, op.entries, op.entries_octets);
  return arena_put_node(arena, (uint32_t)key.hashes[0], id);
}

static bool apply_op(struct arena *arena, struct cursor *cursor) {
  switch (take8(cursor)) {
    case OP_ZONE:
      return apply_zone(arena, cursor);
    case OP_NAME:
      return apply_name(arena, cursor);
    case OP_NO_NAME: {
      struct name key;
      const size_t length = take8(cursor);
      const uint8_t *name = take(cursor, length);
      name_read(&key, name, name + length, arena->seed);
      return arena_remove_node(arena, (uint32_t)key.hashes[0], key.octets, length);
    }
    case OP_NO_ZONE:
      return arena_put_zone(arena, take32(cursor), 0);
    case OP_SERIAL:
      arena_written_side(arena)->serial = take32(cursor);
      return true;
    case OP_FLAGS:
      arena_written_side(arena)->flags = take32(cursor);
      return true;
    case OP_CLEAR:
      return arena_clear(arena);
    case OP_COOKIES:
      read_cookies(cursor, &arena_written_side(arena)->cookies);
      return true;
  }
  return false;
}

const char *arena_apply(struct arena *arena, const uint8_t *batch, size_t length, bool publish) {
  if (arena->broken) return "memory ran out before";
  size_t needed;
  const char *problem = check(arena, batch, length, &needed);
  if (problem != NULL) return problem;
  arena_settle(arena);
  // Without counting on freed blocks, which may have other sizes: then taking one never fails in the middle of a batch.
  if (needed > arena->blocks.reserved - arena->blocks.used) return "the arena is full";
  for (struct cursor cursor = {batch, batch + length, false}; cursor.at < cursor.end && !arena->broken;) {
    if (!apply_op(arena, &cursor)) arena->broken = true;
  }
  if (arena->broken) {
    // What was applied stays unseen, for ever; the side that readers use is as good as before.
    return "memory ran out";
  }
  if (publish) {
    arena->behind = true;
    arena->publications++;
    atomic_store_explicit(&arena->active, 1 - arena->active, memory_order_seq_cst);
    // What a large load leaves to be done is done with it, and not when the next small change wants to be seen.
    if (arena->change_count > SETTLE_AT_ONCE) arena_settle(arena);
  }
  return NULL;
}
