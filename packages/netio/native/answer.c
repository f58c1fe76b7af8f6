#include "answer.h"

#include "octets.h"

enum {
  TYPE_A = 1,
  TYPE_MX = 15,
  TYPE_AAAA = 28,
  TYPE_OPT = 41,
  FIRST_META_TYPE = 128,
  LAST_META_TYPE = 255,
  FLAG_AA = 0x0400,
  FLAG_TC = 0x0200,
  NXDOMAIN = 3,
  REFUSED = 5,
  OPTION_NSID = 3,
  OPTION_COOKIE = 10,
  OPTION_EXTENDED_ERROR = 15,
  NOT_AUTHORITATIVE = 20,
};

// What surrounds the records of an answer.
struct frame {
  const struct query *query;
  const uint8_t *octets;
  uint8_t *out;
  const struct zone *zone;
  bool has_cookie;
  uint8_t cookie[COOKIE_OCTETS];
};

// Writes header and OPT around records that end at `end`; returns the length. Behind `end` there is room for what opt_octets says.
static size_t finish(const struct frame *frame, size_t end, uint16_t flags, uint8_t response_code, uint16_t answers, uint16_t authorities,
                     uint16_t additionals, uint16_t extended_error) {
  const struct query *query = frame->query;
  uint8_t *out = frame->out;
  // ID, RD and CD are copied (RFC 1035 4.1.1, RFC 4035 3.2.2); the opcode is 0; RA, AD and the reserved bit are 0.
  out[0] = frame->octets[0];
  out[1] = frame->octets[1];
  out[2] = (uint8_t)(0x80 | (frame->octets[2] & 0x01) | flags >> 8);
  out[3] = (uint8_t)((frame->octets[3] & 0x10) | response_code);
  put_net16(out + 4, 1);
  put_net16(out + 6, answers);
  put_net16(out + 8, authorities);
  put_net16(out + 10, (uint16_t)(additionals + (query->has_edns ? 1 : 0)));
  if (!query->has_edns) return end;
  uint8_t *opt = out + end;
  memset(opt, 0, OPT_OCTETS);
  opt[2] = TYPE_OPT;
  put_net16(opt + 3, OWN_UDP_OCTETS);
  if (query->dnssec_ok) opt[7] = 0x80;
  size_t options = 0;
  uint8_t *option = opt + OPT_OCTETS;
  if (frame->has_cookie) {
    put_net16(option, OPTION_COOKIE);
    put_net16(option + 2, COOKIE_OCTETS);
    memcpy(option + 4, frame->cookie, COOKIE_OCTETS);
    options += 4 + COOKIE_OCTETS;
  }
  if (extended_error != 0) {
    put_net16(option + options, OPTION_EXTENDED_ERROR);
    put_net16(option + options + 2, 2);
    put_net16(option + options + 4, extended_error);
    options += EXTENDED_ERROR_OCTETS;
  }
  if (query->wants_nsid && frame->zone != NULL) {
    put_net16(option + options, OPTION_NSID);
    put_net16(option + options + 2, frame->zone->nsid_length);
    memcpy(option + options + 4, zone_nsid(frame->zone), frame->zone->nsid_length);
    options += 4 + (size_t)frame->zone->nsid_length;
  }
  put_net16(opt + 9, (uint16_t)options);
  return end + OPT_OCTETS + options;
}

// Octets of the answer's OPT when there is no extended error.
static size_t opt_octets(const struct frame *frame) {
  if (!frame->query->has_edns) return 0;
  return OPT_OCTETS + (frame->query->wants_nsid ? 4 + (size_t)frame->zone->nsid_length : 0) + (frame->has_cookie ? 4 + COOKIE_OCTETS : 0);
}

// Where records must end. The longest question, 271, and the largest OPT, 11 + 4 + 128 + 28, leave room in the least limit, 512.
static size_t room_end(const struct frame *frame, bool stream) {
  if (stream) return MAX_MESSAGE_OCTETS - opt_octets(frame);
  size_t limit = frame->query->udp_size;
  if (limit > frame->zone->udp_limit) limit = frame->zone->udp_limit;
  if (limit < MIN_UDP_OCTETS) limit = MIN_UDP_OCTETS;
  return limit - opt_octets(frame);
}

static uint32_t next_random(uint64_t *state) {
  // xorshift64*; the order of records needs no more.
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return (uint32_t)((*state * 0x2545f4914f6cdd1du) >> 32);
}

// Fisher and Yates.
static void shuffle(uint8_t *records, size_t count, size_t unit, uint64_t *random) {
  uint8_t held[MAX_MESSAGE_OCTETS];
  for (size_t left = count; left > 1; left--) {
    const size_t other = (size_t)(((uint64_t)next_random(random) * left) >> 32);
    if (other == left - 1) continue;
    memcpy(held, records + other * unit, unit);
    memcpy(records + other * unit, records + (left - 1) * unit, unit);
    memcpy(records + (left - 1) * unit, held, unit);
  }
}

static void negative(struct answer *answer, const struct frame *frame, uint32_t shared_serial, uint8_t response_code, bool stream) {
  const struct zone *zone = frame->zone;
  const size_t at = frame->query->question_end;
  answer->verdict = VERDICT_ANSWER;
  answer->response_code = response_code;
  if (at + zone->soa_length > room_end(frame, stream)) {
    answer->length = finish(frame, at, FLAG_AA | FLAG_TC, response_code, 0, 0, 0, 0);
    return;
  }
  uint8_t *soa = frame->out + at;
  memcpy(soa, zone_soa(zone), zone->soa_length);
  // The question's name ends in the zone's, and the record follows it: with a longer name both are further back by as much.
  const uint16_t further = (uint16_t)(frame->query->name.length - zone->apex_length);
  for (int pointer = 0; pointer < zone->pointer_count; pointer++) {
    uint8_t *place = soa + zone->pointers[pointer];
    put_net16(place, (uint16_t)(net16(place) + further));
  }
  if ((zone->flags & ZONE_SHARED_SERIAL) != 0 && zone->serial_at != NO_SERIAL) put_net32(soa + zone->serial_at, shared_serial);
  answer->length = finish(frame, at + zone->soa_length, FLAG_AA, response_code, 0, 1, 0, 0);
}

static void positive(struct answer *answer, const struct frame *frame, const struct entry *entry, const uint8_t *records,
                     uint32_t shared_serial, bool stream, uint64_t *random) {
  const size_t at = frame->query->question_end;
  const bool rotates = entry->kind == ENTRY_ANSWER && (frame->zone->flags & ZONE_ROTATE) != 0 && entry->answers > 1 &&
                       (entry->type == TYPE_A || entry->type == TYPE_AAAA || entry->type == TYPE_MX);
  if (rotates && entry->unit == 0) return;
  const bool is_whole = entry->kind != ENTRY_ANSWER;
  if (entry->kind == ENTRY_WHOLE && (frame->zone->flags & ZONE_ROTATE) != 0) return;
  const bool fits = at + entry->length <= room_end(frame, stream);
  if (is_whole && !fits) return;
  answer->verdict = VERDICT_ANSWER;
  answer->response_code = entry->response_code;
  if (!fits) {
    answer->length = finish(frame, at, (uint16_t)(entry->flags | FLAG_TC), entry->response_code, 0, 0, 0, 0);
    return;
  }
  memcpy(frame->out + at, records, entry->length);
  if (rotates) shuffle(frame->out + at, entry->answers, entry->unit, random);
  if (entry->serial_at != NO_SERIAL) put_net32(frame->out + at + entry->serial_at, shared_serial);
  answer->length =
      finish(frame, at + entry->length, entry->flags, entry->response_code, entry->answers, entry->authorities, entry->additionals, 0);
}

// The entry of a type, else that of all other types, else NULL. Entries are not aligned, so it is copied out.
static const uint8_t *find_entry(const struct node *node, uint16_t type, struct entry *found) {
  const uint8_t *at = node_entries(node);
  const uint8_t *records = NULL;
  for (int left = node->entries; left > 0; left--) {
    struct entry entry;
    memcpy(&entry, at, sizeof entry);
    at += sizeof entry;
    if (entry.type == type || (entry.type == 0 && records == NULL)) {
      *found = entry;
      records = at;
      if (entry.type == type) return records;
    }
    at += entry.length;
  }
  return records;
}

static const struct node *find_wildcard(const struct side *side, const struct blocks *blocks, const struct name *name, size_t label) {
  const size_t start = name->starts[label];
  const size_t length = name->length - start + 2;
  if (length > MAX_NAME_OCTETS) return NULL;
  uint8_t wildcard[MAX_NAME_OCTETS] = {1, '*'};
  memcpy(wildcard + 2, name->octets + start, length - 2);
  return table_find(&side->names, blocks, (uint32_t)name_wildcard_hash(name->hashes[label]), wildcard, length);
}

static bool is_excepted(const struct zone *zone, uint16_t type) {
  for (int at = 0; at < zone->except_count; at++) {
    if (zone->except_types[at] == type) return true;
  }
  return false;
}

static bool has_wildcard_label(const struct name *name) {
  for (int label = 0; label < name->labels; label++) {
    const uint8_t *at = name->octets + name->starts[label];
    if ((at[0] == 1 && at[1] == '*') || (at[0] == 3 && memcmp(at + 1, "any", 3) == 0)) return true;
  }
  return false;
}

// Whether somebody else may know a name that does not exist here.
static bool asks_for_name(const struct zone *zone, const struct name *name) {
  if ((zone->flags & ZONE_ASK_NAME_ERROR) != 0) return true;
  return (zone->flags & ZONE_ASK_WILDCARD_LABELS) != 0 && has_wildcard_label(name);
}

// Prepares the answer to the query's cookie; false when the query is for JavaScript.
static bool take_cookie(struct frame *frame, const struct cookie_policy *policy, const struct client *client, bool stream) {
  const struct query *query = frame->query;
  if (policy->mode == COOKIES_IGNORE) return true;
  if (policy->mode == COOKIES_ASK || client->address_octets == 0 || !cookie_length_is_valid(query->cookie_length)) return false;
  frame->has_cookie = true;
  const enum cookie_verdict verdict = cookie_answer(policy, client, query->cookie, query->cookie_length, frame->cookie);
  return verdict == COOKIE_PROVEN || policy->mode == COOKIES_ANSWER || stream;
}

void answer_plain(struct answer *answer, const struct side *side, const struct blocks *blocks, const struct query *query,
                  const struct client *client, const uint8_t *octets, uint8_t *out, bool stream, uint64_t *random) {
  const struct name *name = &query->name;
  struct frame frame;
  frame.query = query;
  frame.octets = octets;
  frame.out = out;
  frame.zone = NULL;
  frame.has_cookie = false;
  answer->verdict = VERDICT_ASK;
  answer->counted_as = NO_ZONE;
  answer->type = query->type;
  answer->dnssec_ok = query->dnssec_ok;
  if ((side->flags & ARENA_ASK_ALL) != 0) return;
  if (query->type == 0 || query->type == TYPE_OPT || (query->type >= FIRST_META_TYPE && query->type <= LAST_META_TYPE)) return;

  if (stream && query->wants_of_stream) return;
  if (query->cookie != NULL && !take_cookie(&frame, &side->cookies, client, stream)) return;

  const struct node *node = NULL;
  size_t label = 0;
  for (; label <= name->labels; label++) {
    node = table_find(&side->names, blocks, (uint32_t)name->hashes[label], name->octets + name->starts[label],
                      (size_t)(name->length - name->starts[label]));
    if (node != NULL) break;
  }
  if (node == NULL) {
    if ((side->flags & ARENA_REFUSE) == 0 || query->wants_nsid) return;
    memcpy(out + HEADER_OCTETS, octets + HEADER_OCTETS, query->question_end - HEADER_OCTETS);
    answer->verdict = VERDICT_ANSWER;
    answer->response_code = REFUSED;
    answer->length = finish(&frame, query->question_end, 0, REFUSED, 0, 0, 0, NOT_AUTHORITATIVE);
    return;
  }
  uint32_t in_zone = node->zone;
  if (label == 0 && (node->flags & NODE_ASK) != 0) return;
  if (label > 0) {
    if ((node->flags & NODE_ASK_BELOW) != 0) return;
    in_zone = node->zone;
    if ((node->flags & NODE_WILDCARD) == 0) {
      node = NULL;
    } else {
      node = find_wildcard(side, blocks, name, label);
      if (node == NULL || (node->flags & NODE_ASK) != 0) return;
    }
  }
  const block_id zone = in_zone < side->zone_capacity ? side->zones[in_zone] : 0;
  if (zone == 0) return;
  frame.zone = block_at(blocks, zone);
  answer->counted_as = frame.zone->counted_as;
  if (query->wants_nsid && (frame.zone->flags & ZONE_NSID) == 0) return;
  if (query->dnssec_ok && (frame.zone->flags & ZONE_ASK_DNSSEC) != 0) return;
  if (is_excepted(frame.zone, query->type) || frame.zone->apex_length > name->length) return;

  memcpy(out + HEADER_OCTETS, octets + HEADER_OCTETS, query->question_end - HEADER_OCTETS);
  if (node == NULL) {
    if (!asks_for_name(frame.zone, name)) negative(answer, &frame, side->serial, NXDOMAIN, stream);
    return;
  }
  struct entry entry;
  const uint8_t *records = find_entry(node, query->type, &entry);
  if (records == NULL) negative(answer, &frame, side->serial, 0, stream);
  else if (entry.kind != ENTRY_ASK) positive(answer, &frame, &entry, records, side->serial, stream, random);
}

void answer_query(struct answer *answer, const struct arena *arena, const struct side *side, const struct client *client,
                  const uint8_t *octets, size_t length, uint8_t *out, bool stream, uint64_t *random) {
  struct query query;
  answer->kind = query_read(&query, octets, length, arena->seed);
  answer->counted_as = NO_ZONE;
  answer->type = 0;
  answer->dnssec_ok = false;
  switch (answer->kind) {
    case QUERY_PLAIN:
      answer_plain(answer, side, &arena->blocks, &query, client, octets, out, stream, random);
      return;
    case QUERY_OTHER:
      answer->verdict = VERDICT_ASK;
      return;
    default:
      answer->verdict = VERDICT_DROP;
  }
}
