#include "binding.h"

#include <stdio.h>

bool arguments_read(napi_env env, napi_callback_info info, size_t count, napi_value *arguments) {
  size_t given = MAX_ARGUMENTS;
  napi_value all[MAX_ARGUMENTS];
  if (napi_get_cb_info(env, info, &given, all, NULL, NULL) != napi_ok || given < count) {
    napi_throw_type_error(env, NULL, "too few arguments");
    return false;
  }
  for (size_t at = 0; at < count; at++) arguments[at] = all[at];
  return true;
}

static bool wrong(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return false;
}

bool read_number(napi_env env, napi_value value, double least, double most, double *number) {
  if (napi_get_value_double(env, value, number) != napi_ok) return wrong(env, "not a number");
  if (!(*number >= least && *number <= most)) return wrong(env, "a number is out of range");
  return true;
}

bool read_bool(napi_env env, napi_value value, bool *boolean) {
  return napi_get_value_bool(env, value, boolean) == napi_ok || wrong(env, "not a boolean");
}

static bool typed_array(napi_env env, napi_value value, napi_typedarray_type wanted, void **data, size_t *length) {
  bool is_array = false;
  napi_typedarray_type type;
  if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array) return wrong(env, "not a typed array");
  if (napi_get_typedarray_info(env, value, &type, length, data, NULL, NULL) != napi_ok || type != wanted) {
    return wrong(env, "a typed array of another type");
  }
  return true;
}

bool read_octets(napi_env env, napi_value value, struct octets *octets) {
  return typed_array(env, value, napi_uint8_array, (void **)&octets->at, &octets->length);
}

bool read_float64s(napi_env env, napi_value value, size_t length, double **numbers) {
  size_t given;
  if (!typed_array(env, value, napi_float64_array, (void **)numbers, &given)) return false;
  return given >= length || wrong(env, "the array is too short");
}

bool read_uint32s(napi_env env, napi_value value, size_t length, uint32_t **numbers) {
  size_t given;
  if (!typed_array(env, value, napi_uint32_array, (void **)numbers, &given)) return false;
  return given >= length || wrong(env, "the array is too short");
}

bool read_object(napi_env env, napi_value value, const napi_type_tag *tag, void **object) {
  bool is_ours = false;
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_object) return wrong(env, "not an object of netio");
  if (napi_check_object_type_tag(env, value, tag, &is_ours) != napi_ok || !is_ours) return wrong(env, "not an object of netio");
  return napi_unwrap(env, value, object) == napi_ok || wrong(env, "not an object of netio");
}

napi_value number(napi_env env, double value) {
  napi_value result = NULL;
  napi_create_double(env, value, &result);
  return result;
}

napi_value undefined(napi_env env) {
  napi_value result = NULL;
  napi_get_undefined(env, &result);
  return result;
}

void throw_error(napi_env env, const char *message) { napi_throw_error(env, NULL, message); }

void counters_add(const struct counters *counters, double *to, uint32_t first, uint32_t zones) {
  for (size_t at = 0; at < GENERAL_COUNTERS; at++) *to++ += (double)counters->general[at];
  for (size_t at = 0; at < DROP_REASONS; at++) *to++ += (double)counters->drops[at];
  for (uint32_t zone = first; zone < first + zones && zone < counters->zones; zone++) {
    const uint64_t *from = counters->by_zone + (size_t)zone * ZONE_COUNTERS;
    for (size_t at = 0; at < ZONE_COUNTERS; at++) *to++ += (double)from[at];
  }
}

bool add_functions(napi_env env, napi_value exports, const napi_property_descriptor *functions, size_t count) {
  return napi_define_properties(env, exports, count, functions) == napi_ok;
}

static napi_value initialize(napi_env env, napi_value exports) {
  const bool added = arena_binding_add(env, exports) && udp_binding_add(env, exports) && memory_binding_add(env, exports);
  if (!added) throw_error(env, "netio could not be set up");
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, initialize)
