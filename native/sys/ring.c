/* Makes many small reads or sends with one io_uring_enter(2). To enter and leave the kernel costs
 * more than what each of them does there, so it is done once for all. No more of io_uring is used:
 * when io_uring_enter(2) returns, nothing is under way. */
#include "sys.h"

#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ret.h"

typedef _Atomic uint32_t shared_index; /* written by one side, read by the other */

struct sk_ring {
  int fd;
  uint8_t *submissions, *completions; /* mappings, as is `entries` */
  size_t submissions_size, completions_size, entries_size;
  struct io_uring_sqe *entries;
  const struct io_uring_cqe *results;
  shared_index *submit_tail, *result_head, *result_tail;
  uint32_t submit_mask, result_mask;
  struct msghdr headers[SK_CALLS_MAX];
};

static void *map(int fd, size_t size, off_t what) {
  const int prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_POPULATE;
  void *memory = mmap(NULL, size, prot, flags, fd, what);
  return memory == MAP_FAILED ? NULL : memory;
}

static void unmap(void *memory, size_t size) {
  if (memory != NULL) munmap(memory, size);
}

void sk_ring_destroy(sk_ring *ring) {
  if (ring == NULL) return;
  unmap(ring->submissions, ring->submissions_size);
  unmap(ring->completions, ring->completions_size);
  unmap(ring->entries, ring->entries_size);
  close(ring->fd);
  free(ring);
}

static bool map_all(sk_ring *ring, const struct io_uring_params *params) {
  const struct io_sqring_offsets *sq = &params->sq_off;
  const struct io_cqring_offsets *cq = &params->cq_off;
  ring->submissions_size = sq->array + params->sq_entries * sizeof(uint32_t);
  ring->completions_size = cq->cqes + params->cq_entries * sizeof(struct io_uring_cqe);
  ring->entries_size = params->sq_entries * sizeof(struct io_uring_sqe);
  ring->submissions = map(ring->fd, ring->submissions_size, IORING_OFF_SQ_RING);
  ring->completions = map(ring->fd, ring->completions_size, IORING_OFF_CQ_RING);
  ring->entries = map(ring->fd, ring->entries_size, IORING_OFF_SQES);
  if (ring->submissions == NULL || ring->completions == NULL || ring->entries == NULL) return false;
  ring->submit_tail = (shared_index *)(ring->submissions + sq->tail);
  ring->submit_mask = *(uint32_t *)(ring->submissions + sq->ring_mask);
  ring->result_head = (shared_index *)(ring->completions + cq->head);
  ring->result_tail = (shared_index *)(ring->completions + cq->tail);
  ring->result_mask = *(uint32_t *)(ring->completions + cq->ring_mask);
  ring->results = (struct io_uring_cqe *)(ring->completions + cq->cqes);
  uint32_t *order = (uint32_t *)(ring->submissions + sq->array);
  for (uint32_t i = 0; i < params->sq_entries; i++) order[i] = i;
  return true;
}

/* In this order: a call that is refused does not keep those after it from being made; only this
 * thread submits (since Linux 6.0); the kernel need not interrupt this thread. */
enum { FLAGS = IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN };

int sk_ring_create(sk_ring **created) {
  struct io_uring_params params = {.flags = FLAGS};
  sk_ring *ring = calloc(1, sizeof *ring);
  if (ring == NULL) return -ENOMEM;
  ring->fd = (int)sk_ret(syscall(SYS_io_uring_setup, SK_CALLS_MAX, &params));
  if (ring->fd < 0) {
    const int rc = ring->fd;
    free(ring);
    return rc;
  }
  if (!map_all(ring, &params)) {
    sk_ring_destroy(ring);
    return -ENOMEM;
  }
  *created = ring;
  return 0;
}

static void enter_call(sk_ring *ring, uint32_t index, int number, const sk_call *call) {
  struct msghdr *header = &ring->headers[number];
  struct io_uring_sqe *entry = &ring->entries[index & ring->submit_mask];
  *header = (struct msghdr){
      .msg_name = call->address,
      .msg_namelen = call->address_length,
      .msg_iov = (struct iovec *)call->slices,
      .msg_iovlen = call->count,
  };
  memset(entry, 0, sizeof *entry);
  entry->fd = call->fd;
  entry->msg_flags = (uint32_t)call->flags | MSG_DONTWAIT | (call->sends ? MSG_NOSIGNAL : 0);
  entry->user_data = (uint64_t)number;
  if (call->sends && call->address == NULL && call->count == 1) {
    entry->opcode = IORING_OP_SEND;
    entry->addr = (uintptr_t)call->slices->data;
    entry->len = (uint32_t)call->slices->length;
  } else {
    entry->opcode = call->sends ? IORING_OP_SENDMSG : IORING_OP_RECVMSG;
    entry->addr = (uintptr_t)header;
    entry->len = 1;
  }
}

/* False for errors that are io_uring's own, and for those after which the system call would be
 * tried again (see ret.h): no byte has moved, and the call is still to be made. */
static bool is_made(int32_t rc) {
  return rc != -EINTR && rc != -ENOMEM && rc != -ECANCELED && rc != -EINVAL && rc != -EOPNOTSUPP;
}

/* Takes the results that are there, and returns how many. */
static int take_results(sk_ring *ring, sk_call *calls) {
  uint32_t head = atomic_load_explicit(ring->result_head, memory_order_relaxed);
  const uint32_t tail = atomic_load_explicit(ring->result_tail, memory_order_acquire);
  const int count = (int)(tail - head);
  for (; head != tail; head++) {
    const struct io_uring_cqe *result = &ring->results[head & ring->result_mask];
    sk_call *call = &calls[result->user_data];
    const struct msghdr *header = &ring->headers[result->user_data];
    call->rc = is_made(result->res) ? result->res : SK_NOT_MADE;
    call->address_length = header->msg_namelen;
    call->stopped = (header->msg_flags & MSG_CTRUNC) != 0;
  }
  atomic_store_explicit(ring->result_head, tail, memory_order_release);
  return count;
}

static int enter(const sk_ring *ring, int submit, int wait) {
  return (int)SK_RETRY(syscall(SYS_io_uring_enter, ring->fd, submit, wait, IORING_ENTER_GETEVENTS, NULL, 0));
}

bool sk_ring_make(sk_ring *ring, sk_call *calls, int count) {
  const uint32_t first = atomic_load_explicit(ring->submit_tail, memory_order_relaxed);
  for (int i = 0; i < count; i++) {
    calls[i].rc = -EIO; /* remains if the kernel takes the call, but never gives a result */
    calls[i].stopped = false;
    enter_call(ring, first + (uint32_t)i, i, &calls[i]);
  }
  atomic_store_explicit(ring->submit_tail, first + (uint32_t)count, memory_order_release);
  const int submitted = enter(ring, count, count), taken = submitted < 0 ? 0 : submitted;
  for (int i = taken; i < count; i++) calls[i].rc = SK_NOT_MADE;
  /* Waits for the result of each call that the kernel has taken: until then the kernel may still
   * use its memory. */
  int left = taken;
  while ((left -= take_results(ring, calls)) > 0) {
    if (enter(ring, 0, left) < 0) break;
  }
  return taken == count && left == 0;
}
