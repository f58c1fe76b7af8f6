#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { INITIAL_SLOTS = 64 };

bool table_open(struct table *table) {
  table->slots = calloc(INITIAL_SLOTS, sizeof *table->slots);
  table->mask = INITIAL_SLOTS - 1;
  table->count = 0;
  return table->slots != NULL;
}

void table_close(struct table *table) {
  free(table->slots);
  table->slots = NULL;
}

void table_clear(struct table *table) {
  memset(table->slots, 0, (table->mask + 1) * sizeof *table->slots);
  table->count = 0;
}

bool table_reserve(struct table *table) {
  // At most three quarters full, so every search meets an empty slot.
  if ((table->count + 1) * 4 <= (table->mask + 1) * 3) return true;
  const size_t mask = table->mask * 2 + 1;
  struct slot *slots = calloc(mask + 1, sizeof *slots);
  if (slots == NULL) return false;
  for (size_t at = 0; at <= table->mask; at++) {
    const struct slot moved = table->slots[at];
    if (moved.node == 0) continue;
    size_t to = moved.hash & mask;
    while (slots[to].node != 0) to = (to + 1) & mask;
    slots[to] = moved;
  }
  free(table->slots);
  table->slots = slots;
  table->mask = mask;
  return true;
}

struct slot *table_slot(const struct table *table, const struct blocks *blocks, uint32_t hash, const uint8_t *name, size_t length) {
  for (size_t at = hash & table->mask;; at = (at + 1) & table->mask) {
    struct slot *slot = &table->slots[at];
    if (slot->node == 0) return slot;
    if (slot->hash != hash) continue;
    const struct node *node = block_at(blocks, slot->node);
    if (node->name_length == length && memcmp(node_name(node), name, length) == 0) return slot;
  }
}

void table_remove(struct table *table, struct slot *slot) {
  size_t hole = (size_t)(slot - table->slots);
  for (size_t at = (hole + 1) & table->mask; table->slots[at].node != 0; at = (at + 1) & table->mask) {
    const size_t home = table->slots[at].hash & table->mask;
    if (((at - home) & table->mask) < ((at - hole) & table->mask)) continue;
    table->slots[hole] = table->slots[at];
    hole = at;
  }
  table->slots[hole] = (struct slot){0, 0};
  table->count--;
}
