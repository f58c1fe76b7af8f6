#include "udp-socket.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

static socklen_t socket_address(union address *address, uint8_t family, const uint8_t *host, uint16_t port, uint32_t scope) {
  memset(address, 0, sizeof *address);
  if (family == 4) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons(port);
    memcpy(&address->v4.sin_addr, host, 4);
    return sizeof address->v4;
  }
  address->v6.sin6_family = AF_INET6;
  address->v6.sin6_port = htons(port);
  address->v6.sin6_scope_id = scope;
  memcpy(&address->v6.sin6_addr, host, 16);
  return sizeof address->v6;
}

static bool set(int fd, int level, int option, int value) { return setsockopt(fd, level, option, &value, sizeof value) == 0; }

int udp_socket_open(const struct udp_options *options) {
  const bool v4 = options->family == 4;
  const int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
  if (fd < 0) return -errno;
  union address address;
  const socklen_t length = socket_address(&address, options->family, options->host, options->port, options->scope);
  bool ready = v4 || set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (ready && options->reuse_port) ready = set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (ready && options->packet_info) {
    ready = v4 ? set(fd, IPPROTO_IP, IP_PKTINFO, 1) : set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  }
  if (!ready || bind(fd, &address.any, length) != 0) {
    const int error = errno;
    close(fd);
    return -error;
  }
  if (options->buffer_octets > 0) {
    set(fd, SOL_SOCKET, SO_RCVBUF, options->buffer_octets);
    set(fd, SOL_SOCKET, SO_SNDBUF, options->buffer_octets);
  }
  // Path MTU discovery off: an answer below 1280 octets may be fragmented on the way rather than lost after a forged ICMP message.
  if (v4) set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
  return fd;
}

uint16_t udp_socket_port(int fd) {
  union address address;
  socklen_t length = sizeof address;
  if (getsockname(fd, &address.any, &length) != 0) return 0;
  return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

// An interface has to be named only where addresses hold for one link.
static bool is_link_local(const struct in6_addr *address) { return IN6_IS_ADDR_LINKLOCAL(address) != 0; }

bool datagram_describe(struct datagram *datagram, const struct msghdr *message, size_t length) {
  const union address *peer = message->msg_name;
  memset(datagram, 0, sizeof *datagram);
  datagram->length = (uint16_t)length;
  if ((message->msg_flags & MSG_TRUNC) != 0) datagram->flags |= DATAGRAM_TRUNCATED;
  if (peer->any.sa_family == AF_INET) {
    datagram->family = 4;
    datagram->port = ntohs(peer->v4.sin_port);
    memcpy(datagram->peer, &peer->v4.sin_addr, 4);
  } else {
    datagram->family = 6;
    datagram->port = ntohs(peer->v6.sin6_port);
    datagram->scope = peer->v6.sin6_scope_id;
    memcpy(datagram->peer, &peer->v6.sin6_addr, 16);
  }
  for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control != NULL; control = CMSG_NXTHDR((struct msghdr *)message, control)) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;
      memcpy(&info, CMSG_DATA(control), sizeof info);
      memcpy(datagram->local, &info.ipi_spec_dst, 4);
      datagram->flags |= DATAGRAM_LOCAL_KNOWN;
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      memcpy(&info, CMSG_DATA(control), sizeof info);
      memcpy(datagram->local, &info.ipi6_addr, 16);
      if (is_link_local(&info.ipi6_addr)) datagram->interface = info.ipi6_ifindex;
      datagram->flags |= DATAGRAM_LOCAL_KNOWN;
    }
  }
  return datagram->port != 0;
}

bool datagram_address(const struct datagram *datagram, struct msghdr *message, union address *address, uint8_t *control) {
  if (datagram->family != 4 && datagram->family != 6) return false;
  message->msg_name = address;
  message->msg_namelen = socket_address(address, datagram->family, datagram->peer, datagram->port, datagram->scope);
  message->msg_control = NULL;
  message->msg_controllen = 0;
  if ((datagram->flags & DATAGRAM_LOCAL_KNOWN) == 0) return true;
  memset(control, 0, CONTROL_OCTETS);
  message->msg_control = control;
  message->msg_controllen = CONTROL_OCTETS;
  struct cmsghdr *header = CMSG_FIRSTHDR(message);
  if (datagram->family == 4) {
    struct in_pktinfo info = {0};
    memcpy(&info.ipi_spec_dst, datagram->local, 4);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(header), &info, sizeof info);
    message->msg_controllen = CMSG_SPACE(sizeof info);
  } else {
    struct in6_pktinfo info = {.ipi6_ifindex = datagram->interface};
    memcpy(&info.ipi6_addr, datagram->local, 16);
    header->cmsg_level = IPPROTO_IPV6;
    header->cmsg_type = IPV6_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(header), &info, sizeof info);
    message->msg_controllen = CMSG_SPACE(sizeof info);
  }
  return true;
}

void message_turn_around(struct msghdr *message) {
  if (message->msg_controllen == 0) message->msg_control = NULL;
  for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control != NULL; control = CMSG_NXTHDR(message, control)) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;
      memcpy(&info, CMSG_DATA(control), sizeof info);
      // The way back is the routing table's to choose; it need not be the interface of the way here.
      info.ipi_ifindex = 0;
      memcpy(CMSG_DATA(control), &info, sizeof info);
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      memcpy(&info, CMSG_DATA(control), sizeof info);
      if (!is_link_local(&info.ipi6_addr)) info.ipi6_ifindex = 0;
      memcpy(CMSG_DATA(control), &info, sizeof info);
    }
  }
}
