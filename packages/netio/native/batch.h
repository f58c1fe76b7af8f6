// The form in which JavaScript hands changes over; written by src/arena/arena-batch.ts. Numbers are little-endian.
//
//   1 zone     u32 number, u16 udp limit, u8 flags, u8 apex length, u16 serial at, u8 pointers (0-3), u16 each,
//              u8 except types (0-16), u16 each, u8 NSID length, NSID, u16 SOA length, SOA
//   2 no zone  u32 number
//   3 name     u32 zone, u8 flags, u8 name length, name, u8 entries, entries: struct entry, octets
//   4 no name  u8 name length, name
//   5 serial   u32
//   6 flags    u32
//   7 clear
//   8 cookies  u8 mode, u8 secrets (1-2), 16 octets each
#ifndef SEAMARK_BATCH_H
#define SEAMARK_BATCH_H

enum { OP_ZONE = 1, OP_NO_ZONE, OP_NAME, OP_NO_NAME, OP_SERIAL, OP_FLAGS, OP_CLEAR, OP_COOKIES };

// Zones are numbered from 0, and each number takes 8 octets of the arena's own, so numbers stay small.
enum { MAX_ZONES = 1 << 20 };

#endif
