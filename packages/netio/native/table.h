// Names by hash: open addressing with linear probing. Readers and the one writer never use the same table at the same time.
#ifndef SEAMARK_TABLE_H
#define SEAMARK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blocks.h"
#include "node.h"

struct slot {
  uint32_t hash;
  block_id node; // 0 = the slot is empty
};

struct table {
  struct slot *slots;
  size_t mask;
  size_t count;
};

bool table_open(struct table *table);
void table_close(struct table *table);
void table_clear(struct table *table);
// Makes room for one more name. False when memory is out.
bool table_reserve(struct table *table);
// The slot of the name, or the empty one where it would go.
struct slot *table_slot(const struct table *table, const struct blocks *blocks, uint32_t hash, const uint8_t *name, size_t length);
// Empties a slot and moves back what was displaced over it.
void table_remove(struct table *table, struct slot *slot);

static inline const struct slot *table_first(const struct table *table, uint32_t hash) { return table->slots + (hash & table->mask); }

// The name's node or NULL.
static inline const struct node *table_find(const struct table *table, const struct blocks *blocks, uint32_t hash, const uint8_t *name,
                                            size_t length) {
  const struct slot *slot = table_slot(table, blocks, hash, name, length);
  return slot->node == 0 ? NULL : block_at(blocks, slot->node);
}

#endif
