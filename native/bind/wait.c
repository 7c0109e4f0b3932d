#include <errno.h>

#include "bind.h"

/* isMainThread(): whether the process ends with this thread */
static napi_value js_is_main_thread(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result = NULL;
  napi_get_boolean(env, sk_is_main_thread(), &result);
  return result;
}

/* poll(fd, events, timeoutMs): ready events, 0 after the time; blocks the thread */
static napi_value js_poll(napi_env env, napi_callback_info info) {
  int32_t fd, events;
  double timeout_ms;
  napi_value timeout;
  if (!bk_parse(env, info, "iiv", &fd, &events, &timeout)) return NULL;
  if (napi_get_value_double(env, timeout, &timeout_ms) != napi_ok) return bk_number(env, -EINVAL);
  const bool unlimited = !(timeout_ms >= 0 && timeout_ms < 9e15);
  sk_linger *linger = &bk_instance_of(env)->call_linger;
  return bk_number(env, sk_poll(fd, events, unlimited ? -1 : (int64_t)timeout_ms, linger));
}

const napi_property_descriptor bk_wait_functions[] = {
    BK_FUNCTION("isMainThread", js_is_main_thread),
    BK_FUNCTION("poll", js_poll),
};
const size_t bk_wait_count = BK_COUNT(bk_wait_functions);
