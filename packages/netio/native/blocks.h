// Memory of the arena: one reserved range that is committed as it is touched, cut into blocks that are used again by size.
// One thread allocates and frees; any thread reads. A block must be out of every reader's sight before it is freed.
#ifndef SEAMARK_BLOCKS_H
#define SEAMARK_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  BLOCK_UNIT = 16,
  // Blocks up to here have a free list for each number of units, larger ones one for each power of two.
  EXACT_UNITS = 256,
  LARGE_CLASSES = 17,
  // 256 units doubled 16 times, 256 MiB: far above any block, see MAX_BLOCK_OCTETS.
  MAX_BLOCK_OCTETS = 1 << 20,
};

// A block's number: its place in units. 0 is no block.
typedef uint32_t block_id;

struct blocks {
  uint8_t *base;
  size_t reserved;
  size_t used; // octets handed out at least once
  size_t free; // octets in free lists
  block_id exact[EXACT_UNITS + 1];
  block_id large[LARGE_CLASSES];
};

// Reserves address space, half as often as needed when the system does not grant it. False when it grants not even 16 MiB.
bool blocks_open(struct blocks *blocks, size_t reserve);
void blocks_close(struct blocks *blocks);
// Octets that a block of this size takes.
size_t blocks_size(size_t octets);
// 0 when the range is used up.
block_id blocks_take(struct blocks *blocks, size_t octets);
void blocks_free(struct blocks *blocks, block_id id, size_t octets);

static inline void *block_at(const struct blocks *blocks, block_id id) { return blocks->base + (size_t)id * BLOCK_UNIT; }

#endif
