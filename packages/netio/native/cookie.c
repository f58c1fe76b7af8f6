#include "cookie.h"

#include "octets.h"

// RFC 9018 4.3.
enum { MAX_AGE_SECONDS = 3600, MAX_AHEAD_SECONDS = 300, RENEW_AFTER_SECONDS = 1800, VERSION = 1, MAX_ADDRESS_OCTETS = 16 };

struct siphash {
  uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t word, int bits) { return word << bits | word >> (64 - bits); }

static inline void rounds(struct siphash *state, int count) {
  for (; count > 0; count--) {
    state->v0 += state->v1;
    state->v1 = rotate(state->v1, 13) ^ state->v0;
    state->v0 = rotate(state->v0, 32);
    state->v2 += state->v3;
    state->v3 = rotate(state->v3, 16) ^ state->v2;
    state->v0 += state->v3;
    state->v3 = rotate(state->v3, 21) ^ state->v0;
    state->v2 += state->v1;
    state->v1 = rotate(state->v1, 17) ^ state->v2;
    state->v2 = rotate(state->v2, 32);
  }
}

static inline void compress(struct siphash *state, uint64_t word) {
  state->v3 ^= word;
  rounds(state, 2);
  state->v0 ^= word;
}

// SipHash-2-4 (Aumasson and Bernstein, 2012).
uint64_t siphash24(const uint8_t *key, const uint8_t *message, size_t length) {
  const uint64_t k0 = host64(key), k1 = host64(key + 8);
  // The constants spell "somepseudorandomlygeneratedbytes".
  struct siphash state = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
  const size_t whole = length - length % 8;
  for (size_t at = 0; at < whole; at += 8) compress(&state, host64(message + at));
  uint64_t last = (uint64_t)length << 56;
  for (size_t at = whole; at < length; at++) last |= (uint64_t)message[at] << (8 * (at - whole));
  compress(&state, last);
  state.v2 ^= 0xff;
  rounds(&state, 4);
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

// Of the client's cookie, version, reserved octets and time, as they begin a COOKIE option, and the address (RFC 9018 4.4).
static uint64_t hash(const uint8_t *secret, const uint8_t *option, const struct client *client) {
  uint8_t hashed[16 + MAX_ADDRESS_OCTETS];
  memcpy(hashed, option, 16);
  memcpy(hashed + 16, client->address, client->address_octets);
  return siphash24(secret, hashed, 16 + (size_t)client->address_octets);
}

static uint32_t age_of(const uint8_t *option, uint32_t now) { return now - ((uint32_t)net16(option + 12) << 16 | net16(option + 14)); }

enum cookie_verdict cookie_answer(const struct cookie_policy *policy, const struct client *client, const uint8_t *cookie, size_t length,
                                  uint8_t answer[COOKIE_OCTETS]) {
  enum cookie_verdict verdict = COOKIE_UNPROVEN;
  if (length == COOKIE_OCTETS && cookie[8] == VERSION) {
    // Serial number arithmetic (RFC 1982).
    const int32_t age = (int32_t)age_of(cookie, client->now);
    if (age <= MAX_AGE_SECONDS && age >= -MAX_AHEAD_SECONDS) {
      const uint64_t given = host64(cookie + 16);
      for (int at = 0; at < policy->secrets && verdict == COOKIE_UNPROVEN; at++) {
        // One comparison of 64 bits takes the same time wherever they differ.
        if (hash(policy->secret[at], cookie, client) != given) continue;
        verdict = COOKIE_PROVEN;
        if (at > 0 || age > RENEW_AFTER_SECONDS) continue;
        memcpy(answer, cookie, COOKIE_OCTETS);
        return verdict;
      }
    }
  }
  memcpy(answer, cookie, CLIENT_COOKIE_OCTETS);
  memset(answer + 8, 0, 4);
  answer[8] = VERSION;
  put_net32(answer + 12, client->now);
  const uint64_t made = hash(policy->secret[0], answer, client);
  memcpy(answer + 16, &made, 8);
  return verdict;
}
