// Interoperable DNS server cookies (RFC 7873, RFC 9018), by the rules of respond/cookies/server-cookies.ts in authoritative-dns.
#ifndef SEAMARK_COOKIE_H
#define SEAMARK_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limits.h"

enum { COOKIE_SECRET_OCTETS = 16 };

enum cookie_mode {
  COOKIES_ASK, // queries with a cookie go to JavaScript
  COOKIES_IGNORE,
  COOKIES_ANSWER,
  COOKIES_REQUIRE, // as above, but UDP queries without a valid cookie go to JavaScript, which says BADCOOKIE
};

struct cookie_policy {
  uint8_t mode;
  uint8_t secrets; // 1 or 2; the first makes cookies, those of both hold
  uint8_t secret[2][COOKIE_SECRET_OCTETS];
};

// Who asks. Without an address (0 octets) cookies go to JavaScript.
struct client {
  const uint8_t *address; // 4 or 16 octets
  uint8_t address_octets;
  uint32_t now; // seconds since 1970, modulo 2^32
};

uint64_t siphash24(const uint8_t *key, const uint8_t *message, size_t length);

// Whether RFC 7873 allows this length for a COOKIE option: the client's cookie alone, or with a server cookie of 8 to 32 octets.
static inline bool cookie_length_is_valid(size_t length) { return length == CLIENT_COOKIE_OCTETS || (length >= 16 && length <= 40); }

enum cookie_verdict { COOKIE_PROVEN, COOKIE_UNPROVEN };

// Writes what a COOKIE option of a valid length is answered with: the same while it is fresh, else a new one.
enum cookie_verdict cookie_answer(const struct cookie_policy *policy, const struct client *client, const uint8_t *cookie, size_t length,
                                  uint8_t answer[COOKIE_OCTETS]);

#endif
