// UDP sockets, and addresses in the form of the system and of JavaScript.
#ifndef SEAMARK_UDP_SOCKET_H
#define SEAMARK_UDP_SOCKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "datagram.h"

// Room for one control message with the address that was asked: CMSG_SPACE(20) is 40.
enum { CONTROL_OCTETS = 64 };

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

struct udp_options {
  uint8_t family; // 4 or 6
  uint8_t host[16];
  uint16_t port;
  uint32_t scope;
  bool reuse_port;
  bool packet_info; // ask the system which address each datagram was sent to
  int buffer_octets; // asked for both directions; the system grants what it allows
};

// A bound socket, or the negative of an errno.
int udp_socket_open(const struct udp_options *options);
// Its port, or 0.
uint16_t udp_socket_port(int fd);

// Describes a received datagram; false when its source port is 0 and nothing can be sent back.
bool datagram_describe(struct datagram *datagram, const struct msghdr *message, size_t length);
// Prepares to send to the peer of a datagram. `address` and `control` (CONTROL_OCTETS) must live until it is sent. False when it is none.
bool datagram_address(const struct datagram *datagram, struct msghdr *message, union address *address, uint8_t *control);
// Turns what was received into what an answer is sent with: to the peer, from the address that was asked.
void message_turn_around(struct msghdr *message);

#endif
