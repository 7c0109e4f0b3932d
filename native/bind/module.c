#include "bind.h"

static bool define(napi_env env, napi_value exports, const napi_property_descriptor *functions,
                   size_t count) {
  return napi_define_properties(env, exports, count, functions) == napi_ok;
}

/* Runs once an environment: the main thread, and each worker that loads the module. */
NAPI_MODULE_INIT() {
  if (bk_instance_create(env, exports) == NULL ||
      !define(env, exports, bk_socket_functions, bk_socket_count) ||
      !define(env, exports, bk_descriptor_functions, bk_descriptor_count) ||
      !define(env, exports, bk_transfer_functions, bk_transfer_count) ||
      !define(env, exports, bk_pool_functions, bk_pool_count) ||
      !define(env, exports, bk_wait_functions, bk_wait_count) ||
      !define(env, exports, bk_option_functions, bk_option_count) ||
      !define(env, exports, bk_poller_functions, bk_poller_count) ||
      !define(env, exports, bk_resolve_functions, bk_resolve_count) ||
      !define(env, exports, bk_interface_functions, bk_interface_count) ||
      !define(env, exports, bk_name_functions, bk_name_count) ||
      !define(env, exports, bk_message_functions, bk_message_count) ||
      !define(env, exports, bk_mmsg_functions, bk_mmsg_count) ||
      !define(env, exports, bk_outbox_functions, bk_outbox_count) ||
      !define(env, exports, bk_ring_functions, bk_ring_count)) {
    napi_throw_error(env, NULL, "berkeley: the native module could not be started");
    return NULL;
  }
  return exports;
}
