// Messages of a stream: each behind its length in two octets (RFC 1035 4.2.2).
#ifndef SEAMARK_STREAM_H
#define SEAMARK_STREAM_H

#include "answer.h"
#include "counters.h"

// Most questions that one call leaves to JavaScript.
enum { MAX_ASKS = 256 };

struct stream_result {
  size_t consumed; // whole frames of the input
  size_t written; // frames of the output
  size_t asks;
  uint32_t ask_at[MAX_ASKS]; // where the frames begin in the input that JavaScript must answer
};

// Answers the whole frames of `in`, as far as `out` has room for the longest answer each and MAX_ASKS reaches. Messages that get no
// answer are passed over and counted.
void stream_answer(struct stream_result *result, const struct arena *arena, const struct side *side, struct counters *counters,
                   const struct client *client, const uint8_t *in, size_t in_length, uint8_t *out, size_t out_length, uint64_t *random);

#endif
