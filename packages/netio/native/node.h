// What the arena holds of a name and of a zone. Both are written once, checked when they are written, and never changed, so readers
// check nothing of them again.
#ifndef SEAMARK_NODE_H
#define SEAMARK_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limits.h"

enum {
  // Every question at the name goes to JavaScript.
  NODE_ASK = 1,
  // So do questions for names that do not exist and whose closest encloser this is.
  NODE_ASK_BELOW = 2,
  // There is a `*` directly below.
  NODE_WILDCARD = 4,
};

// Followed by the name, and then by `entries` times a struct entry with its octets, without padding.
struct node {
  uint32_t octets; // of all of it
  uint32_t zone;
  uint8_t flags;
  uint8_t name_length;
  uint8_t entries;
  uint8_t unused;
};

enum {
  ENTRY_ANSWER = 0,
  ENTRY_ASK = 1,
  // An answer of several RRsets: it is sent as a whole, or JavaScript leaves out what has no room.
  ENTRY_WHOLE = 2,
  // The same, and no order of its records has to change in a zone with ZONE_ROTATE.
  ENTRY_WHOLE_FIXED = 3,
};
enum { NO_SERIAL = 0xffff };

// The answer to one type; type 0 stands for all types that have none. Also the form in which batches carry it.
struct entry {
  uint16_t type;
  uint8_t kind;
  uint8_t response_code;
  uint16_t flags; // AA and the like, as in the header
  uint16_t answers;
  uint16_t authorities;
  uint16_t additionals;
  uint16_t unit; // octets of each record when all answers have the same and may change places; else 0
  uint16_t serial_at; // where the shared serial goes, or NO_SERIAL
  uint16_t length;
};

enum {
  // The serial of its SOA is the arena's, which every publication may change.
  ZONE_SHARED_SERIAL = 1,
  // Records of A, AAAA and MX change places at random.
  ZONE_ROTATE = 2,
  ZONE_NSID = 4,
  // Questions with DO go to JavaScript: the zone is signed.
  ZONE_ASK_DNSSEC = 8,
  // So do names that do not exist: another handler may have them.
  ZONE_ASK_NAME_ERROR = 16,
  // And of those only the ones with a label `*` or `any`: SkyDNS's wildcards in questions.
  ZONE_ASK_WILDCARD_LABELS = 32,
};

// Followed by the SOA record of negative answers and the name server identifier.
struct zone {
  uint32_t octets;
  uint32_t id;
  uint32_t counted_as; // where its answers are counted; several zones may share it
  uint16_t udp_limit;
  uint16_t soa_length;
  uint16_t serial_at;
  uint16_t pointers[3]; // places of compression pointers in the SOA record, which stands there as behind a question for the zone's own name
  uint16_t except_types[MAX_EXCEPT_TYPES];
  uint8_t flags;
  uint8_t pointer_count;
  uint8_t apex_length;
  uint8_t except_count;
  uint8_t nsid_length;
  uint8_t unused[3];
};

static inline const uint8_t *node_name(const struct node *node) { return (const uint8_t *)(node + 1); }
static inline const uint8_t *node_entries(const struct node *node) { return node_name(node) + node->name_length; }
static inline const uint8_t *zone_soa(const struct zone *zone) { return (const uint8_t *)(zone + 1); }
static inline const uint8_t *zone_nsid(const struct zone *zone) { return zone_soa(zone) + zone->soa_length; }

#endif
