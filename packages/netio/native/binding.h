// What the functions of the addon share. Arguments come from src/addon/native-binding.ts, which has their types; they are checked here
// all the same, because a wrong one would be a wrong address.
#ifndef SEAMARK_BINDING_H
#define SEAMARK_BINDING_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "counters.h"
#include "udp-server.h"

enum { MAX_ARGUMENTS = 8 };

struct octets {
  uint8_t *at;
  size_t length;
};

// Reads exactly `count` arguments; false after throwing.
bool arguments_read(napi_env env, napi_callback_info info, size_t count, napi_value *arguments);
// Each throws a TypeError and returns false when the value is another type.
bool read_number(napi_env env, napi_value value, double least, double most, double *number);
bool read_bool(napi_env env, napi_value value, bool *boolean);
bool read_octets(napi_env env, napi_value value, struct octets *octets);
bool read_float64s(napi_env env, napi_value value, size_t length, double **numbers);
bool read_uint32s(napi_env env, napi_value value, size_t length, uint32_t **numbers);
// An object of ours with this tag.
bool read_object(napi_env env, napi_value value, const napi_type_tag *tag, void **object);

napi_value number(napi_env env, double value);
napi_value undefined(napi_env env);
void throw_error(napi_env env, const char *message);

// Writes GENERAL_COUNTERS and DROP_REASONS numbers, then ZONE_COUNTERS for each zone from `first`; adds to what is there.
void counters_add(const struct counters *counters, double *to, uint32_t first, uint32_t zones);

extern const napi_type_tag arena_tag;

struct arena_object {
  struct arena *arena;
  struct counters counters; // of answers given on JavaScript's thread
  uint64_t random;
};

bool arena_binding_add(napi_env env, napi_value exports);
bool udp_binding_add(napi_env env, napi_value exports);
bool memory_binding_add(napi_env env, napi_value exports);
bool add_functions(napi_env env, napi_value exports, const napi_property_descriptor *functions, size_t count);

#define FUNCTION(name, callback) {name, NULL, callback, NULL, NULL, NULL, napi_enumerable, NULL}

#endif
