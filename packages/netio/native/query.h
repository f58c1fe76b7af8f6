// What is read of a query. Only what nearly all queries look like is read here; everything else is for JavaScript to judge.
#ifndef SEAMARK_QUERY_H
#define SEAMARK_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "name.h"

enum query_kind {
  QUERY_PLAIN, // one question of class IN, nothing before it, behind it at most an OPT of version 0
  QUERY_OTHER,
  QUERY_TOO_SHORT, // these two get no answer
  QUERY_IS_RESPONSE,
};

struct query {
  struct name name;
  uint16_t type;
  uint16_t question_end;
  uint16_t udp_size; // 0 without OPT
  bool has_edns;
  bool dnssec_ok;
  bool wants_nsid;
  bool wants_of_stream; // keepalive or padding: they mean something over TCP and TLS, and are ignored over UDP
  const uint8_t *cookie; // in the query; NULL without any
  uint16_t cookie_length;
};

enum query_kind query_read(struct query *query, const uint8_t *octets, size_t length, uint64_t seed);

#endif
