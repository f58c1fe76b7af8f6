#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "binding.h"

const napi_type_tag arena_tag = {0x7365616d61726b01u, 0x6172656e61000001u};

static void finalize(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  struct arena_object *object = data;
  counters_close(&object->counters);
  arena_release(object->arena);
  free(object);
}

// arenaOpen(reserveOctets, zones) → arena
static napi_value open_arena(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result;
  double reserve, zones;
  if (!arguments_read(env, info, 2, arguments) || !read_number(env, arguments[0], 0, 9e15, &reserve) ||
      !read_number(env, arguments[1], 0, 1 << 20, &zones)) {
    return NULL;
  }
  struct arena_object *object = calloc(1, sizeof *object);
  uint64_t seed = 0;
  if (object == NULL || getrandom(&seed, sizeof seed, 0) != sizeof seed || (object->arena = arena_open((size_t)reserve, seed)) == NULL) {
    free(object);
    throw_error(env, "no memory for an arena");
    return NULL;
  }
  object->random = seed | 1;
  if (!counters_open(&object->counters, (uint32_t)zones) || napi_create_object(env, &result) != napi_ok ||
      napi_type_tag_object(env, result, &arena_tag) != napi_ok ||
      napi_wrap(env, result, object, finalize, NULL, NULL) != napi_ok) {
    finalize(env, object, NULL);
    throw_error(env, "no memory for an arena");
    return NULL;
  }
  return result;
}

static bool read_arena(napi_env env, napi_value value, struct arena_object **object) {
  return read_object(env, value, &arena_tag, (void **)object);
}

// Who asks, in CLIENT_WORDS numbers: octets of the address or 0, seconds since 1970 or 0 for the system's clock, the address.
enum { CLIENT_WORDS = 6 };

static struct client client_of(const uint32_t *words) {
  const uint32_t octets = words[0];
  return (struct client){
      .address = (const uint8_t *)(words + 2),
      .address_octets = octets == 4 || octets == 16 ? (uint8_t)octets : 0,
      .now = words[1] != 0 || octets == 0 ? words[1] : (uint32_t)time(NULL),
  };
}

// arenaApply(arena, batch, length, publish) → undefined; throws what is wrong with the batch
static napi_value apply(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  struct arena_object *object;
  struct octets batch;
  double length;
  bool publish;
  if (!arguments_read(env, info, 4, arguments) || !read_arena(env, arguments[0], &object) || !read_octets(env, arguments[1], &batch) ||
      !read_number(env, arguments[2], 0, (double)batch.length, &length) || !read_bool(env, arguments[3], &publish)) {
    return NULL;
  }
  const char *problem = arena_apply(object->arena, batch.at, (size_t)length, publish);
  if (problem != NULL) throw_error(env, problem);
  return undefined(env);
}

// arenaAnswer(arena, query, out, stream, numbers) → length; 0 = for JavaScript, -1 = no answer. `numbers`: what it is counted as, type and
// response code afterwards; then the client.
static napi_value answer(napi_env env, napi_callback_info info) {
  napi_value arguments[5];
  struct arena_object *object;
  struct octets query, out;
  bool stream;
  uint32_t *numbers;
  if (!arguments_read(env, info, 5, arguments) || !read_arena(env, arguments[0], &object) || !read_octets(env, arguments[1], &query) ||
      !read_octets(env, arguments[2], &out) || !read_bool(env, arguments[3], &stream) || !read_uint32s(env, arguments[4], 3 + CLIENT_WORDS, &numbers)) {
    return NULL;
  }
  if (out.length < (stream ? MAX_MESSAGE_OCTETS : OWN_UDP_OCTETS)) {
    throw_error(env, "the answer needs more room");
    return NULL;
  }
  struct answer result;
  // This thread is the writer, so nobody changes the side meanwhile.
  const struct side *side = &object->arena->sides[object->arena->active];
  const struct client client = client_of(numbers + 3);
  answer_query(&result, object->arena, side, &client, query.at, query.length, out.at, stream, &object->random);
  if (result.verdict == VERDICT_ASK) return number(env, 0);
  if (result.verdict == VERDICT_DROP) return number(env, -1);
  counters_answer(&object->counters, &result, query.length);
  numbers[0] = result.counted_as;
  numbers[1] = result.type;
  numbers[2] = result.response_code;
  return number(env, (double)result.length);
}

// arenaStats(arena, out): names, octets reserved, octets used, octets free, octets of the tables, publications
static napi_value stats(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  struct arena_object *object;
  double *out;
  if (!arguments_read(env, info, 2, arguments) || !read_arena(env, arguments[0], &object) || !read_float64s(env, arguments[1], 6, &out)) {
    return NULL;
  }
  const struct arena *arena = object->arena;
  out[0] = (double)arena->sides[arena->active].names.count;
  out[1] = (double)arena->blocks.reserved;
  out[2] = (double)arena->blocks.used;
  out[3] = (double)arena->blocks.free;
  out[4] = (double)((arena->sides[0].names.mask + arena->sides[1].names.mask + 2) * sizeof(struct slot));
  out[5] = (double)arena->publications;
  return undefined(env);
}

// arenaCounters(arena, out, first, zones): adds, see counters_add
static napi_value add_counters(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  struct arena_object *object;
  double *out, first, zones;
  if (!arguments_read(env, info, 4, arguments) || !read_arena(env, arguments[0], &object) ||
      !read_number(env, arguments[2], 0, 1 << 21, &first) || !read_number(env, arguments[3], 0, 1 << 21, &zones) ||
      !read_float64s(env, arguments[1], GENERAL_COUNTERS + DROP_REASONS + (size_t)zones * ZONE_COUNTERS, &out)) {
    return NULL;
  }
  counters_add(&object->counters, out, (uint32_t)first, (uint32_t)zones);
  return undefined(env);
}

bool arena_binding_add(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      FUNCTION("arenaOpen", open_arena), FUNCTION("arenaApply", apply),           FUNCTION("arenaAnswer", answer),
      FUNCTION("arenaStats", stats),     FUNCTION("arenaCounters", add_counters),
  };
  return add_functions(env, exports, functions, sizeof functions / sizeof *functions);
}
