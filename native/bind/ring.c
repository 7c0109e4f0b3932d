#include <errno.h>

#include "bind.h"

/* Opens the ring, unless it is open. 0 or a negative errno; after a failure always the same. */
static int open_ring(bk_instance *bk) {
  if (bk->shared->ring_forbidden) return -EPERM;
  if (bk->ring != NULL || bk->ring_error != 0) return bk->ring_error;
  bk->ring_error = sk_ring_create(&bk->ring);
  return bk->ring_error;
}

/* Two calls on one descriptor gain already, and need no ring; of different descriptors it takes
 * three. */
bool bk_gains_together(bk_instance *bk, int count, bool of_one) {
  return of_one ? count > 1 : count > 2 && open_ring(bk) == 0;
}

void bk_close_ring(bk_instance *bk) {
  sk_ring_destroy(bk->ring);
  bk->ring = NULL;
}

void bk_make_together(bk_instance *bk, sk_call *calls, int count, bool of_one) {
  if (of_one) {
    sk_mmsg_make(calls, count);
  } else if (!sk_ring_make(bk->ring, calls, count)) {
    bk_close_ring(bk);
    bk->ring_error = -EIO;
  }
}

/* openRing(): rc */
static napi_value js_open_ring(napi_env env, napi_callback_info info) {
  (void)info;
  return bk_number(env, open_ring(bk_instance_of(env)));
}

const napi_property_descriptor bk_ring_functions[] = {
    BK_FUNCTION("openRing", js_open_ring),
};
const size_t bk_ring_count = BK_COUNT(bk_ring_functions);
