// Numbers in octets: network order in DNS messages, the machine's order in batches that JavaScript writes (little-endian only).
#ifndef SEAMARK_OCTETS_H
#define SEAMARK_OCTETS_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "batches are little-endian"
#endif

static inline uint16_t net16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

static inline void put_net16(uint8_t *at, uint16_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static inline void put_net32(uint8_t *at, uint32_t value) {
  put_net16(at, (uint16_t)(value >> 16));
  put_net16(at + 2, (uint16_t)value);
}

static inline uint16_t host16(const uint8_t *at) {
  uint16_t value;
  memcpy(&value, at, 2);
  return value;
}

static inline uint32_t host32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return value;
}

static inline uint64_t host64(const uint8_t *at) {
  uint64_t value;
  memcpy(&value, at, 8);
  return value;
}

#endif
