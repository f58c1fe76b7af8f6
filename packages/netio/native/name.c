#include "name.h"

#include "octets.h"

// Lower-cases the letters A-Z among eight octets. Length octets are below 'A', so whole names may be given.
static uint64_t lower_case(uint64_t word) {
  const uint64_t ones = 0x0101010101010101u;
  const uint64_t low = word & (0x7f * ones);
  const uint64_t from_a = low + (0x80 - 'A') * ones;
  const uint64_t past_z = low + (0x7f - 'Z') * ones;
  return word | ((~word & (from_a ^ past_z) & (0x80 * ones)) >> 2);
}

static uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

// Continues the hash of the parent with a label of `length` octets, its length octet included (at most 64). Reads up to seven octets
// behind the label; they are inside `octets` and masked out.
static uint64_t hash_label(uint64_t hash, const uint8_t *label, size_t length) {
  while (length > 8) {
    hash = mix(hash, host64(label));
    label += 8;
    length -= 8;
  }
  return mix(hash, host64(label) & (~(uint64_t)0 >> (64 - 8 * length)));
}

size_t name_read(struct name *name, const uint8_t *from, const uint8_t *end, uint64_t seed) {
  const size_t room = (size_t)(end - from);
  size_t at = 0;
  size_t labels = 0;
  for (;;) {
    // at < 255 bounds labels by 127: each took two octets at least.
    if (at >= room || at >= MAX_NAME_OCTETS) return 0;
    const size_t length = from[at];
    if (length > MAX_LABEL_OCTETS) return 0;
    name->starts[labels] = (uint8_t)at;
    at += length + 1;
    if (length == 0) break;
    labels++;
  }
  // The last length was read below 255, so `at` is at most 255 here.
  if (at > MAX_NAME_OCTETS) return 0;
  memcpy(name->octets, from, at);
  memset(name->octets + at, 0, 8);
  for (size_t word = 0; word < at; word += 8) {
    const uint64_t lower = lower_case(host64(name->octets + word));
    memcpy(name->octets + word, &lower, 8);
  }
  name->length = (uint16_t)at;
  name->labels = (uint16_t)labels;
  uint64_t hash = seed;
  name->hashes[labels] = hash;
  for (size_t label = labels; label-- > 0;) {
    hash = hash_label(hash, name->octets + name->starts[label], (size_t)(name->starts[label + 1] - name->starts[label]));
    name->hashes[label] = hash;
  }
  return at;
}

uint64_t name_wildcard_hash(uint64_t hash) { return mix(hash, 0x2a01); }
