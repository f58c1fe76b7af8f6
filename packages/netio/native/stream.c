#include "stream.h"

#include "octets.h"

void stream_answer(struct stream_result *result, const struct arena *arena, const struct side *side, struct counters *counters,
                   const struct client *client, const uint8_t *in, size_t in_length, uint8_t *out, size_t out_length, uint64_t *random) {
  result->consumed = result->written = result->asks = 0;
  while (in_length - result->consumed >= 2) {
    const uint8_t *frame = in + result->consumed;
    const size_t length = net16(frame);
    if (in_length - result->consumed - 2 < length) return;
    if (out_length - result->written < 2 + MAX_MESSAGE_OCTETS || result->asks == MAX_ASKS) return;
    struct answer answer;
    answer_query(&answer, arena, side, client, frame + 2, length, out + result->written + 2, true, random);
    counters->general[COUNT_RECEIVED]++;
    counters->general[COUNT_RECEIVED_OCTETS] += length;
    if (answer.verdict == VERDICT_ANSWER) {
      counters_answer(counters, &answer);
      counters_duration(counters, answer.zone, 0);
      put_net16(out + result->written, (uint16_t)answer.length);
      result->written += 2 + answer.length;
    } else if (answer.verdict == VERDICT_ASK) {
      counters->general[COUNT_ASKED]++;
      result->ask_at[result->asks++] = (uint32_t)result->consumed;
    } else {
      counters->drops[answer.kind == QUERY_TOO_SHORT ? DROP_TOO_SHORT : DROP_IS_RESPONSE]++;
    }
    result->consumed += 2 + length;
  }
}
