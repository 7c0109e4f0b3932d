/* Small sends of one tick, made behind its JavaScript in one go: each system call pushes what ran before it out
 * of the processor's caches, so that kernel and JavaScript are both faster if they do not alternate. */
#include <errno.h>

#include "bind.h"

/* How long JavaScript may run before what it has put off is sent, about; and from how many on it is worth it,
 * since a second call into JavaScript tells what came of them. One event may come to many sends, of a message to
 * all, say: so every so many ticks it is tried. */
enum { PUT_OFF_US = 100, WORTH_IT = 4, TICKS_TO_PASS = 15 };

/* Whether one before `row`, on the same descriptor, has left bytes behind. */
static bool is_behind_rest(const bk_shared *shared, const bk_send *row) {
  for (const bk_send *before = shared->sends; before < row; before++) {
    if (before->fd == row->fd && before->rc != before->length &&
        (before->rc >= 0 || before->rc == -EAGAIN || before->rc == BK_NOT_SENT)) {
      return true;
    }
  }
  return false;
}

static ssize_t make_send(const bk_instance *bk, const bk_send *row, size_t length) {
  if (bk->cut_short && is_behind_rest(bk->shared, row)) return BK_NOT_SENT;
  const size_t offset = (size_t)(uint32_t)row->offset;
  const size_t address_length = (size_t)(uint32_t)row->address_length;
  if (offset > bk->outbox.length || length > bk->outbox.length - offset) return -EFAULT;
  const uint8_t *bytes = bk->outbox.data + offset, *address = bytes + length;
  if (address_length == 0) return sk_send(row->fd, bytes, length, row->flags);
  if (address_length > bk->outbox.length - offset - length) return -EFAULT;
  return sk_sendto(row->fd, bytes, length, row->flags, address, bk_socklen(address_length));
}

/* Makes one call of `row` and of those behind it that join it: how many there were. */
static int make_joined(bk_instance *bk, bk_send *row, int most) {
  size_t length = (size_t)(uint32_t)row->length;
  int count = 1;
  while (count < most && row[count].joins) length += (size_t)(uint32_t)row[count++].length;
  ssize_t rc = make_send(bk, row, length);
  for (int i = 0; i < count; i++, row++) {
    const bool is_cut = rc < row->length;
    row->rc = (int32_t)(is_cut ? rc : row->length);
    if (is_cut) bk->cut_short = true;
    rc = is_cut ? BK_NOT_SENT : rc - row->length;
  }
  return count;
}

void bk_outbox_empty(bk_instance *bk) {
  bk_shared *shared = bk->shared;
  const int32_t count = shared->put_off < BK_SENDS_MAX ? shared->put_off : BK_SENDS_MAX;
  if (shared->sent == 0) bk->cut_short = false;
  while (shared->sent < count) {
    bk_send *row = &shared->sends[shared->sent];
    shared->sent += make_joined(bk, row, count - shared->sent);
  }
}

/* The same, behind a look at how fast JavaScript puts off. Gives how many there were. */
static int empty_and_pace(bk_instance *bk) {
  const int32_t count = bk->shared->put_off;
  if (count <= 0) return 0;
  const int64_t us = sk_now_us() - bk->outbox_since_us;
  const int64_t sends = (int64_t)count * PUT_OFF_US / (us > 0 ? us : 1);
  bk->outbox_pace = sends < 1 ? 1 : sends < BK_SENDS_MAX ? (int)sends : BK_SENDS_MAX;
  if (count >= WORTH_IT) bk->outbox_pass = 0;
  bk_outbox_empty(bk);
  return count;
}

void bk_outbox_open(bk_instance *bk, int count) {
  bk->shared->put_off_max = 0;
  if (bk->outbox.length == 0) return;
  if (count < WORTH_IT) {
    if (count == 0 || bk->outbox_pass-- > 0) return;
    bk->outbox_pass = TICKS_TO_PASS;
  }
  bk->shared->put_off_max = bk->outbox_pace;
  bk->outbox_since_us = sk_now_us();
}

int bk_outbox_close(bk_instance *bk) {
  bk->shared->put_off_max = 0;
  return empty_and_pace(bk);
}

/* useOutbox(bytes): where JavaScript writes what it puts off, until the next useOutbox */
static napi_value js_use_outbox(napi_env env, napi_callback_info info) {
  bk_instance *bk = bk_instance_of(env);
  if (bk_parse_kept(env, info, &bk->outbox)) bk->outbox_pace = BK_SENDS_MAX;
  return NULL;
}

/* emptyOutbox(): makes the sends that are put off */
static napi_value js_empty_outbox(napi_env env, napi_callback_info info) {
  (void)info;
  bk_instance *bk = bk_instance_of(env);
  empty_and_pace(bk);
  bk->outbox_since_us = sk_now_us();
  return NULL;
}

const napi_property_descriptor bk_outbox_functions[] = {
    BK_FUNCTION("useOutbox", js_use_outbox),
    BK_FUNCTION("emptyOutbox", js_empty_outbox),
};
const size_t bk_outbox_count = BK_COUNT(bk_outbox_functions);
