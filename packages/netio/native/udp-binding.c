#include <stdlib.h>
#include <string.h>

#include "binding.h"

static const napi_type_tag udp_tag = {0x7365616d61726b01u, 0x7564700000000001u};

struct udp_object {
  struct udp_server server;
  struct arena *arena;
  napi_threadsafe_function wake;
  bool open;
};

static void close_object(struct udp_object *object) {
  if (!object->open) return;
  object->open = false;
  udp_server_close(&object->server);
  if (object->arena != NULL) arena_release(object->arena);
  // After the threads have ended, so nobody calls it any more.
  napi_release_threadsafe_function(object->wake, napi_tsfn_abort);
}

// Before the environment goes (a worker that ends, a test): threads must not outlive it.
static void before_exit(void *data) { close_object(data); }

static void finalize(napi_env env, void *data, void *hint) {
  (void)hint;
  struct udp_object *object = data;
  napi_remove_env_cleanup_hook(env, before_exit, object);
  close_object(object);
  free(object);
}

static void wake(void *context) {
  struct udp_object *object = context;
  napi_call_threadsafe_function(object->wake, NULL, napi_tsfn_nonblocking);
}

static void fail(napi_env env, int error) {
  napi_value code, message, result;
  napi_create_int32(env, error, &code);
  napi_create_string_utf8(env, strerror(error), NAPI_AUTO_LENGTH, &message);
  napi_create_error(env, NULL, message, &result);
  napi_set_named_property(env, result, "errno", code);
  napi_throw(env, result);
}

enum { REUSE_PORT = 1, PACKET_INFO = 2 };

// udpOpen(arena | undefined, host, numbers, onQuestions) → server
// numbers (Float64Array): port, scope, flags, sockets, zones, queue octets, buffer octets; [0] becomes the port.
static napi_value open_server(napi_env env, napi_callback_info info) {
  napi_value arguments[4], name, result;
  struct octets host;
  double *numbers;
  if (!arguments_read(env, info, 4, arguments) || !read_octets(env, arguments[1], &host) ||
      !read_float64s(env, arguments[2], 7, &numbers)) {
    return NULL;
  }
  napi_valuetype type;
  struct arena_object *arena = NULL;
  napi_typeof(env, arguments[0], &type);
  if (type != napi_undefined && !read_object(env, arguments[0], &arena_tag, (void **)&arena)) return NULL;
  if ((host.length != 4 && host.length != 16) || !(numbers[0] >= 0 && numbers[0] <= 65535) || !(numbers[1] >= 0 && numbers[1] <= UINT32_MAX) ||
      !(numbers[2] >= 0 && numbers[2] <= 3) || !(numbers[3] >= 1 && numbers[3] <= MAX_SOCKETS) || !(numbers[4] >= 0 && numbers[4] <= 1 << 20) ||
      !(numbers[5] >= 65536 && numbers[5] <= 1 << 26) || !(numbers[6] >= 0 && numbers[6] <= 1 << 30)) {
    napi_throw_type_error(env, NULL, "a number is out of range");
    return NULL;
  }
  struct udp_options options = {
      .family = host.length == 4 ? 4 : 6,
      .port = (uint16_t)numbers[0],
      .scope = (uint32_t)numbers[1],
      .reuse_port = ((int)numbers[2] & REUSE_PORT) != 0,
      .packet_info = ((int)numbers[2] & PACKET_INFO) != 0,
      .buffer_octets = (int)numbers[6],
  };
  memcpy(options.host, host.at, host.length);
  struct udp_object *object = calloc(1, sizeof *object);
  if (object == NULL) {
    fail(env, 12);
    return NULL;
  }
  object->server.arena = arena == NULL ? NULL : arena->arena;
  object->server.wake = wake;
  object->server.context = object;
  uint16_t port = 0;
  const int error = udp_server_open(&object->server, &options, (int)numbers[3], (uint32_t)numbers[4], (size_t)numbers[5], &port);
  if (error < 0) {
    free(object);
    fail(env, -error);
    return NULL;
  }
  napi_create_string_utf8(env, "seamark-udp", NAPI_AUTO_LENGTH, &name);
  if (napi_create_threadsafe_function(env, arguments[3], NULL, name, 0, 1, NULL, NULL, NULL, NULL, &object->wake) != napi_ok) {
    udp_server_close(&object->server);
    free(object);
    throw_error(env, "onQuestions is no function");
    return NULL;
  }
  object->arena = object->server.arena;
  if (object->arena != NULL) arena_hold(object->arena);
  object->open = true;
  if (napi_create_object(env, &result) != napi_ok || napi_type_tag_object(env, result, &udp_tag) != napi_ok ||
      napi_wrap(env, result, object, finalize, NULL, NULL) != napi_ok) {
    close_object(object);
    free(object);
    throw_error(env, "the socket could not be handed over");
    return NULL;
  }
  napi_add_env_cleanup_hook(env, before_exit, object);
  const int started = udp_server_start(&object->server);
  if (started < 0) {
    close_object(object);
    fail(env, -started);
    return NULL;
  }
  numbers[0] = port;
  return result;
}

static bool read_server(napi_env env, napi_value value, struct udp_object **object) {
  if (!read_object(env, value, &udp_tag, (void **)object)) return false;
  if ((*object)->open) return true;
  throw_error(env, "the socket is closed");
  return false;
}

// udpTake(server, out) → octets of questions
static napi_value take(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  struct udp_object *object;
  struct octets out;
  if (!arguments_read(env, info, 2, arguments) || !read_server(env, arguments[0], &object) || !read_octets(env, arguments[1], &out)) return NULL;
  if (out.length < object->server.queue.capacity) {
    throw_error(env, "the questions need more room");
    return NULL;
  }
  return number(env, (double)queue_take(&object->server.queue, out.at));
}

// udpSend(server, datagrams, length)
static napi_value send_datagrams(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  struct udp_object *object;
  struct octets datagrams;
  double length;
  if (!arguments_read(env, info, 3, arguments) || !read_server(env, arguments[0], &object) || !read_octets(env, arguments[1], &datagrams) ||
      !read_number(env, arguments[2], 0, (double)datagrams.length, &length)) {
    return NULL;
  }
  if (udp_server_send(&object->server, datagrams.at, (size_t)length) != (size_t)length) throw_error(env, "a datagram is none");
  return undefined(env);
}

// udpCounters(server, out, first, zones): adds over all threads, see counters_add
static napi_value add_counters(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  struct udp_object *object;
  double *out, first, zones;
  if (!arguments_read(env, info, 4, arguments) || !read_server(env, arguments[0], &object) ||
      !read_number(env, arguments[2], 0, 1 << 21, &first) || !read_number(env, arguments[3], 0, 1 << 21, &zones) ||
      !read_float64s(env, arguments[1], GENERAL_COUNTERS + DROP_REASONS + (size_t)zones * ZONE_COUNTERS, &out)) {
    return NULL;
  }
  for (int at = 0; at < object->server.count; at++) {
    counters_add(&object->server.threads[at].counters, out, (uint32_t)first, (uint32_t)zones);
  }
  out[GENERAL_COUNTERS + DROP_SEND_FAILED] += (double)atomic_load(&object->server.send_failed);
  return undefined(env);
}

// udpStop(server): reads the sockets empty and ends the threads; answers can still be sent
static napi_value stop(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  struct udp_object *object;
  if (!arguments_read(env, info, 1, arguments) || !read_server(env, arguments[0], &object)) return NULL;
  udp_server_stop(&object->server);
  return undefined(env);
}

// udpClose(server)
static napi_value close_server(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  struct udp_object *object;
  if (!arguments_read(env, info, 1, arguments) || !read_object(env, arguments[0], &udp_tag, (void **)&object)) return NULL;
  close_object(object);
  return undefined(env);
}

bool udp_binding_add(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      FUNCTION("udpOpen", open_server),      FUNCTION("udpTake", take), FUNCTION("udpSend", send_datagrams),
      FUNCTION("udpCounters", add_counters), FUNCTION("udpStop", stop), FUNCTION("udpClose", close_server),
  };
  return add_functions(env, exports, functions, sizeof functions / sizeof *functions);
}
