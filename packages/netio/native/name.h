// Names in wire form, lower-cased and hashed in one pass that gives the hash of every ancestor as well.
#ifndef SEAMARK_NAME_H
#define SEAMARK_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "limits.h"

struct name {
  // Lower case. Eight octets more than the longest name, because words of eight are read and written.
  uint8_t octets[MAX_NAME_OCTETS + 9];
  uint8_t starts[MAX_LABELS + 1]; // of each label, and of the root's zero
  uint64_t hashes[MAX_LABELS + 1]; // of the name from each label on
  uint16_t length;
  uint16_t labels; // without the root
};

// Reads the uncompressed name that begins at `from`. Returns its length, or 0 when it is none or does not end before `end`.
size_t name_read(struct name *name, const uint8_t *from, const uint8_t *end, uint64_t seed);

// The hash of the wildcard directly below a name of this hash.
uint64_t name_wildcard_hash(uint64_t hash);

#endif
