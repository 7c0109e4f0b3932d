/* The echo server of echo.c on io_uring: multishot accept and recv into provided buffers, and
 * all sends of a turn submitted by the call that waits for the next turn. It shows what the
 * library could gain at most if io_uring were its second poller. As it is, the library uses
 * io_uring only to make a tick's calls, and never waits on it (docs/decisions/017-io-uring.md). */
#include "common.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ENTRIES = 8192, BUFFERS = 8192, BUFFER = 4096, GROUP = 0 };
enum { ACCEPT, RECEIVE, SEND };

static int ring;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;
static _Atomic unsigned *sq_head, *sq_tail, *cq_head, *cq_tail;
static unsigned *sq_array, sq_mask, cq_mask, queued;
static struct io_uring_buf_ring *provided;
static char *memory;

static void *map(size_t size, off_t what) {
  void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, what);
  if (at == MAP_FAILED) die("mmap");
  return at;
}

static void set_up(void) {
  struct io_uring_params p = {
      .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_CQSIZE,
      .cq_entries = 4 * ENTRIES,
  };
  ring = (int)syscall(SYS_io_uring_setup, ENTRIES, &p);
  if (ring < 0) die("io_uring_setup");
  char *sq = map(p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
  char *cq = map(p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
  sqes = map(p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
  sq_head = (void *)(sq + p.sq_off.head);
  sq_tail = (void *)(sq + p.sq_off.tail);
  sq_array = (void *)(sq + p.sq_off.array);
  sq_mask = *(unsigned *)(void *)(sq + p.sq_off.ring_mask);
  cq_head = (void *)(cq + p.cq_off.head);
  cq_tail = (void *)(cq + p.cq_off.tail);
  cq_mask = *(unsigned *)(void *)(cq + p.cq_off.ring_mask);
  cqes = (void *)(cq + p.cq_off.cqes);

  provided = mmap(NULL, BUFFERS * sizeof(struct io_uring_buf), PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memory = malloc((size_t)BUFFERS * BUFFER);
  if (provided == MAP_FAILED || memory == NULL) die("memory");
  struct io_uring_buf_reg reg = {
      .ring_addr = (uintptr_t)provided, .ring_entries = BUFFERS, .bgid = GROUP};
  if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_PBUF_RING, &reg, 1) != 0)
    die("IORING_REGISTER_PBUF_RING");
}

static void provide(unsigned id) {
  struct io_uring_buf *buf = &provided->bufs[provided->tail & (BUFFERS - 1)];
  buf->addr = (uintptr_t)(memory + (size_t)id * BUFFER);
  buf->len = BUFFER;
  buf->bid = (uint16_t)id;
  atomic_store_explicit((_Atomic uint16_t *)&provided->tail, (uint16_t)(provided->tail + 1),
                        memory_order_release);
}

/* Submits what is queued; waits for `least` completions. */
static void enter(unsigned least) {
  long rc = syscall(SYS_io_uring_enter, ring, queued, least, IORING_ENTER_GETEVENTS, NULL, 0);
  if (rc < 0 && errno != EINTR) die("io_uring_enter");
  if (rc > 0) queued -= (unsigned)rc;
}

static struct io_uring_sqe *queue(int operation, int fd, unsigned kind, unsigned id) {
  unsigned tail = atomic_load_explicit(sq_tail, memory_order_relaxed);
  while (tail - atomic_load_explicit(sq_head, memory_order_acquire) > sq_mask) enter(0);
  struct io_uring_sqe *sqe = &sqes[tail & sq_mask];
  memset(sqe, 0, sizeof *sqe);
  sqe->opcode = (uint8_t)operation;
  sqe->fd = fd;
  sqe->user_data = (uint64_t)kind << 56 | (uint64_t)id << 32 | (uint32_t)fd;
  sq_array[tail & sq_mask] = tail & sq_mask;
  atomic_store_explicit(sq_tail, tail + 1, memory_order_release);
  queued++;
  return sqe;
}

static void accept_all(int listener) {
  queue(IORING_OP_ACCEPT, listener, ACCEPT, 0)->ioprio = IORING_ACCEPT_MULTISHOT;
}

static void receive(int fd) {
  struct io_uring_sqe *sqe = queue(IORING_OP_RECV, fd, RECEIVE, 0);
  sqe->ioprio = IORING_RECV_MULTISHOT;
  sqe->flags = IOSQE_BUFFER_SELECT;
  sqe->buf_group = GROUP;
}

static void echo(int fd, unsigned id, size_t size) {
  struct io_uring_sqe *sqe = queue(IORING_OP_SEND, fd, SEND, id);
  sqe->addr = (uintptr_t)(memory + (size_t)id * BUFFER);
  sqe->len = (unsigned)size;
  sqe->msg_flags = MSG_WAITALL | MSG_NOSIGNAL;
}

int main(int argc, char **argv) {
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  raise_descriptor_limit();
  int listener = listen_on(&options);
  set_nodelay(listener); /* accepted sockets inherit it */
  set_up();
  for (unsigned id = 0; id < BUFFERS; id++) provide(id);
  accept_all(listener);
  meter_init(&meter, &options);

  while (meter_running(&meter)) {
    enter(1);
    unsigned head = atomic_load_explicit(cq_head, memory_order_relaxed);
    const unsigned tail = atomic_load_explicit(cq_tail, memory_order_acquire);
    for (; head != tail; head++) {
      const struct io_uring_cqe *cqe = &cqes[head & cq_mask];
      const int fd = (int)(uint32_t)cqe->user_data;
      const unsigned id = (unsigned)(cqe->user_data >> 32) & 0xffffff;
      switch (cqe->user_data >> 56) {
        case ACCEPT:
          if (cqe->res < 0) die("accept");
          receive(cqe->res);
          if (!(cqe->flags & IORING_CQE_F_MORE)) accept_all(fd);
          break;
        case RECEIVE:
          if (cqe->res > 0) echo(fd, cqe->flags >> IORING_CQE_BUFFER_SHIFT, (size_t)cqe->res);
          else if (cqe->res != -ENOBUFS) close(fd);
          /* A multishot recv may end at any time, e.g. when there are no more buffers. */
          if (!(cqe->flags & IORING_CQE_F_MORE) && (cqe->res > 0 || cqe->res == -ENOBUFS))
            receive(fd);
          break;
        case SEND:
          provide(id);
          meter.ops++;
          break;
      }
    }
    atomic_store_explicit(cq_head, head, memory_order_release);
  }
  meter_report(&meter, "");
  return 0;
}
