#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "binding.h"

// Gives the system what the C library keeps for later; it does so by itself only at the end of its heap.
static napi_value trim(napi_env env, napi_callback_info info) {
  (void)info;
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  return undefined(env);
}

bool memory_binding_add(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {FUNCTION("memoryTrim", trim)};
  return add_functions(env, exports, functions, sizeof functions / sizeof *functions);
}
