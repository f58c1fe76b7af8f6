#include "blocks.h"

#include <string.h>
#include <sys/mman.h>

// Ids have 32 bits.
static const size_t max_reserve = ((size_t)UINT32_MAX + 1) * BLOCK_UNIT;
static const size_t min_reserve = (size_t)16 << 20;

bool blocks_open(struct blocks *blocks, size_t reserve) {
  memset(blocks, 0, sizeof *blocks);
  if (reserve > max_reserve) reserve = max_reserve;
  for (reserve = (reserve + 4095) & ~(size_t)4095; reserve >= min_reserve; reserve = (reserve / 2) & ~(size_t)4095) {
    void *base = mmap(NULL, reserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) continue;
    blocks->base = base;
    blocks->reserved = reserve;
    blocks->used = BLOCK_UNIT; // id 0 is no block
    return true;
  }
  return false;
}

void blocks_close(struct blocks *blocks) {
  if (blocks->base != NULL) munmap(blocks->base, blocks->reserved);
  blocks->base = NULL;
}

static size_t large_class(size_t units) {
  size_t class = 0;
  while (((size_t)EXACT_UNITS << (class + 1)) < units) class++;
  return class;
}

static size_t units_of(size_t octets) {
  const size_t units = (octets + BLOCK_UNIT - 1) / BLOCK_UNIT;
  return units <= EXACT_UNITS ? units : (size_t)EXACT_UNITS << (large_class(units) + 1);
}

static block_id *free_list(struct blocks *blocks, size_t units) {
  return units <= EXACT_UNITS ? &blocks->exact[units] : &blocks->large[large_class(units)];
}

size_t blocks_size(size_t octets) { return units_of(octets) * BLOCK_UNIT; }

block_id blocks_take(struct blocks *blocks, size_t octets) {
  const size_t units = units_of(octets);
  const size_t size = units * BLOCK_UNIT;
  block_id *list = free_list(blocks, units);
  const block_id reused = *list;
  if (reused != 0) {
    memcpy(list, block_at(blocks, reused), sizeof *list);
    blocks->free -= size;
    return reused;
  }
  if (size > blocks->reserved - blocks->used) return 0;
  const block_id id = (block_id)(blocks->used / BLOCK_UNIT);
  blocks->used += size;
  return id;
}

void blocks_free(struct blocks *blocks, block_id id, size_t octets) {
  const size_t units = units_of(octets);
  block_id *list = free_list(blocks, units);
  memcpy(block_at(blocks, id), list, sizeof *list);
  *list = id;
  blocks->free += units * BLOCK_UNIT;
}
