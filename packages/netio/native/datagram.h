// A datagram on its way to or from JavaScript: this header, then its octets. src/udp/datagram.ts has the same.
#ifndef SEAMARK_DATAGRAM_H
#define SEAMARK_DATAGRAM_H

#include <stdint.h>

enum {
  DATAGRAM_TRUNCATED = 1, // more octets came than are here
  DATAGRAM_LOCAL_KNOWN = 2, // `local` is the address that was asked, and the one that the answer leaves from
};

struct datagram {
  uint16_t length; // of the octets behind it
  uint8_t socket;
  uint8_t family; // 4 or 6
  uint16_t port; // of the peer
  uint16_t flags;
  uint32_t scope; // of the peer's link-local address
  uint32_t interface; // through which it came, when that must be said again
  uint8_t peer[16]; // 4 octets for IPv4
  uint8_t local[16];
};

_Static_assert(sizeof(struct datagram) == 48, "src/udp/datagram.ts says 48 as well");

#endif
