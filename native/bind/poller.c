/* Each environment has one epoll instance, watched by one uv_poll_t of its loop. A tick is one call
 * into JavaScript, with all ready descriptors in shared memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "uv.h"

/* Calls on_ready(count), and then what the program has given to process.nextTick and its
 * microtasks; false if that could not run. An exception, mostly the program's own, is handled
 * like any uncaught one in Node. If the program survives it, what was put off meanwhile is made
 * all the same. While a worker is being terminated, the calls fail and nothing happens. */
static bool call_on_ready(bk_instance *bk, int count) {
  const napi_env env = bk->env;
  napi_value on_ready, argument, result;
  if (napi_get_reference_value(env, bk->on_ready, &on_ready) != napi_ok ||
      napi_create_int32(env, count, &argument) != napi_ok) {
    return false;
  }
  /* Of itself, and not of the global object: node:domain enters the `domain` of what a callback is called on, and that of the
   * global object is, in a REPL, the module. */
  const napi_status status =
      napi_make_callback(env, NULL, on_ready, on_ready, 1, &argument, &result);
  if (status == napi_pending_exception) {
    napi_value error;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok) {
      return napi_fatal_exception(env, error) == napi_ok;
    }
  }
  return status == napi_ok;
}

static void keep_alive(bk_instance *bk, bool keep) {
  (keep ? uv_ref : uv_unref)((uv_handle_t *)bk->poll);
  bk->shared->kept = keep;
}

/* After so many in a row the kernel is asked what is ready, so that other descriptors have a
 * turn. */
enum { DIRECT_READS_MAX = 16 };

/* If only one read is waited for, it is most likely what has become ready, so it is made without
 * asking the kernel. No event is lost: one that is not fetched stays in the kernel's list as
 * long as the socket has anything to report. Returns how many rows were written. */
static int read_directly(bk_instance *bk) {
  const int32_t slot = bk->shared->only_wanted;
  const bk_wanted *wanted = bk_wanted_at(bk, slot);
  if (wanted == NULL) return 0;
  bk->shared->ready[0] = sk_poller_readable(slot, wanted->generation);
  const int count = bk_read_ahead(bk, 1);
  const int32_t rc = bk->shared->reads[0].rc;
  return rc == -EAGAIN || rc == BK_NOT_READ ? 0 : count;
}

/* Finds what is ready now, and makes the reads. Returns how many rows, or a negative errno. */
static int look(bk_instance *bk) {
  const int direct = bk->direct_reads < DIRECT_READS_MAX ? read_directly(bk) : 0;
  bk->direct_reads = direct > 0 ? bk->direct_reads + direct : 0;
  if (direct > 0) return direct;
  const int count = sk_poller_wait(bk->poller, bk->shared->ready, BK_READY_MAX);
  return count > 0 ? bk_read_ahead(bk, count) : count;
}

/* Whether the loop would go to sleep now. Else it has other work: immediates, or a timer that is due. */
static bool would_sleep(const bk_instance *bk) {
  return uv_backend_timeout(uv_handle_get_loop((const uv_handle_t *)bk->poll)) != 0;
}

/* Looks again and again for as long as a sleep would cost: the answer to what was just sent is
 * often on its way. */
static int linger(bk_instance *bk) {
  int count = 0;
  if (!would_sleep(bk) || !sk_linger_begin(&bk->turn_linger)) return 0;
  do {
    count = look(bk);
  } while (sk_linger_again(&bk->turn_linger, count != 0));
  return count;
}

/* A program that is told of its sends reads and sends again, which takes another round. After so
 * many rounds reads are left to the loop's next turn. */
enum { ROUNDS_PER_TICK = 32 };

/* Makes the reads that were put off, as if each had had an event. Returns how many rows they
 * have. */
static int read_asked(bk_instance *bk) {
  bk_shared *shared = bk->shared;
  int count = 0;
  for (int i = 0; i < shared->asked_count && i < BK_READY_MAX; i++) {
    const int32_t slot = shared->asked[i];
    bk_wanted *wanted = bk_wanted_at(bk, slot);
    if (wanted == NULL) continue;
    wanted->put_off = 0;
    shared->ready[count++] = sk_poller_readable(slot, wanted->generation);
  }
  shared->asked_count = 0;
  if (count == 0) return 0;
  bk_check_pool(bk); /* JavaScript has run since the last check */
  return bk_read_ahead(bk, count);
}

/* Reports `count` rows to JavaScript and then, in rounds, the results of what it has put off. */
static bool tell(bk_instance *bk, int count) {
  bk->shared->round = 0;
  bk_outbox_empty(bk); /* JavaScript takes all rows of `sends` as made */
  bk_outbox_open(bk, count);
  bool good = call_on_ready(bk, count);
  while (good) {
    const int sent = bk_outbox_close(bk), reads = read_asked(bk);
    if (sent + reads == 0) break;
    if (++bk->shared->round >= ROUNDS_PER_TICK) bk->shared->turn_over = 1;
    bk_outbox_open(bk, sent + reads);
    good = call_on_ready(bk, reads);
  }
  return good;
}

/* Reports what `find` finds. Returns how many rows; 0: there was nothing, or JavaScript cannot
 * run. */
static int tick(bk_instance *bk, int (*find)(bk_instance *)) {
  napi_handle_scope scope;
  if (napi_open_handle_scope(bk->env, &scope) != napi_ok) return 0;
  bk_check_pool(bk);
  const int count = find(bk);
  const bool good = count > 0 && tell(bk, count);
  napi_close_handle_scope(bk->env, scope);
  return good ? count : 0;
}

/* What comes during a turn of the loop is handled in the same turn, without a sleep or the
 * loop's own system calls in between; but only up to these limits, so that the loop's other work
 * has its turn. */
enum { TICKS_PER_TURN = 16, EVENTS_PER_TURN = 256 };

static void on_poll(uv_poll_t *handle, int status, int events) {
  (void)events;
  bk_instance *bk = uv_handle_get_data((uv_handle_t *)handle);
  if (status < 0) return;
  bk->shared->turn_over = 0;
  int told = tick(bk, look);
  for (int i = 1, more = told; i < TICKS_PER_TURN && more > 0; i++) {
    if (told >= EVENTS_PER_TURN || bk->shared->turn_over || bk->shared->waiting == 0) break;
    more = tick(bk, linger);
    told += more;
  }
  /* The microtasks of this tick have run: if no call waits now, nothing here keeps the process
   * alive. */
  if (bk->shared->waiting == 0) keep_alive(bk, false);
}

static int start(bk_instance *bk) {
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(bk->env, (struct uv_loop_s **)&loop) != napi_ok) return -ENOSYS;
  const char *name = uv_handle_type_name == NULL ? NULL : uv_handle_type_name(UV_POLL);
  if (name == NULL || strcmp(name, "poll") != 0) return -ENOSYS;
  const int poller = sk_poller_create();
  if (poller < 0) return poller;
  uv_poll_t *poll = calloc(1, uv_handle_size(UV_POLL));
  int rc = poll == NULL ? -ENOMEM : uv_poll_init(loop, poll, poller);
  if (rc < 0) {
    free(poll);
    sk_close(poller);
    return rc;
  }
  uv_handle_set_data((uv_handle_t *)poll, bk);
  rc = uv_poll_start(poll, UV_READABLE, on_poll); /* it never fails after uv_poll_init */
  bk->poller = poller;
  bk->poll = poll;
  bk_instance_end_with_loop(bk);
  keep_alive(bk, false);
  return rc;
}

static void on_closed(uv_handle_t *handle) {
  bk_instance *bk = uv_handle_get_data(handle);
  free(handle);
  bk_instance_destroy(bk);
}

void bk_poller_close_and_destroy(bk_instance *bk) {
  uv_poll_stop(bk->poll);
  uv_close((uv_handle_t *)bk->poll, on_closed);
}

/* pollerStart(onReady): rc; not called again where it gave 0 */
static napi_value js_poller_start(napi_env env, napi_callback_info info) {
  napi_value on_ready;
  if (!bk_parse(env, info, "v", &on_ready)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  if (!bk_keep(env, on_ready, &bk->on_ready)) return NULL;
  return bk_number(env, start(bk));
}

/* pollerReads(bytes, memories): where JavaScript writes its rows of bk_wanted, and the array
 * with the memory for each BK_RECV_INTO, until the next pollerReads */
static napi_value js_poller_reads(napi_env env, napi_callback_info info) {
  bk_instance *bk = bk_instance_of(env);
  napi_value bytes, memories;
  if (!bk_parse(env, info, "vv", &bytes, &memories)) return NULL;
  if (bk_keep(env, memories, &bk->into)) bk_parse_kept(env, info, &bk->wanted);
  return NULL;
}

/* pollerAdd(fd, slot, generation, writes): rc */
static napi_value js_poller_add(napi_env env, napi_callback_info info) {
  int32_t fd, slot, generation;
  bool writes;
  if (!bk_parse(env, info, "iii?", &fd, &slot, &generation, &writes)) return NULL;
  const int poller = bk_instance_of(env)->poller;
  return bk_number(env, sk_poller_add(poller, fd, slot, generation, writes));
}

/* pollerModify(fd, slot, generation, writes, levelTriggered): rc */
static napi_value js_poller_modify(napi_env env, napi_callback_info info) {
  int32_t fd, slot, generation;
  bool writes, level;
  if (!bk_parse(env, info, "iii??", &fd, &slot, &generation, &writes, &level)) return NULL;
  const int poller = bk_instance_of(env)->poller;
  return bk_number(env, sk_poller_modify(poller, fd, slot, generation, writes, level));
}

/* pollerRemove(fd): rc */
static napi_value js_poller_remove(napi_env env, napi_callback_info info) {
  int32_t fd;
  if (!bk_parse(env, info, "i", &fd)) return NULL;
  return bk_number(env, sk_poller_remove(bk_instance_of(env)->poller, fd));
}

/* pollerKeepAlive(flag): whether waiting calls keep the process alive. */
static napi_value js_poller_keep_alive(napi_env env, napi_callback_info info) {
  bool keep;
  if (!bk_parse(env, info, "?", &keep)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  if (bk->poll != NULL) keep_alive(bk, keep);
  return NULL;
}

const napi_property_descriptor bk_poller_functions[] = {
    BK_FUNCTION("pollerStart", js_poller_start),
    BK_FUNCTION("pollerReads", js_poller_reads),
    BK_FUNCTION("pollerAdd", js_poller_add),
    BK_FUNCTION("pollerModify", js_poller_modify),
    BK_FUNCTION("pollerRemove", js_poller_remove),
    BK_FUNCTION("pollerKeepAlive", js_poller_keep_alive),
};
const size_t bk_poller_count = BK_COUNT(bk_poller_functions);
