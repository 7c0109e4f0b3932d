#include "sys.h"

#include <sys/epoll.h>

#include "ret.h"

/* Mostly edge-triggered (but see `level` in sys.h), so that no system call has to follow a read.
 * EPOLLERR and EPOLLHUP are reported unasked. EPOLLOUT is added only when a call waits for room to
 * write: a Unix or UDP socket has such an event for every message that its peer takes. */
static const uint32_t READS = EPOLLIN | EPOLLPRI | EPOLLRDHUP;
static const uint32_t WRITES = EPOLLOUT;

/* 256 × 12 bytes of epoll_event (packed on x86-64, 16 elsewhere) = 3 to 4 KiB of stack. */
enum { BATCH_MAX = 256 };

int sk_poller_create(void) { return (int)sk_ret(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int poller, int operation, int fd, int32_t slot, int32_t generation,
                   uint32_t events) {
  struct epoll_event event = {
      .events = events,
      .data.u64 = (uint64_t)(uint32_t)generation << 32 | (uint32_t)slot,
  };
  return (int)sk_ret(epoll_ctl(poller, operation, fd, &event));
}

int sk_poller_add(int poller, int fd, int32_t slot, int32_t generation, bool writes) {
  return control(poller, EPOLL_CTL_ADD, fd, slot, generation, READS | EPOLLET | (writes ? WRITES : 0));
}

int sk_poller_modify(int poller, int fd, int32_t slot, int32_t generation, bool writes, bool level) {
  const uint32_t events = READS | (writes ? WRITES : 0) | (level ? 0 : EPOLLET);
  return control(poller, EPOLL_CTL_MOD, fd, slot, generation, events);
}

int sk_poller_remove(int poller, int fd) { return control(poller, EPOLL_CTL_DEL, fd, 0, 0, 0); }

sk_ready sk_poller_readable(int32_t slot, int32_t generation) {
  return (sk_ready){.slot = slot, .generation = generation, .events = EPOLLIN};
}

bool sk_poller_is_readable(int32_t events) { return (events & EPOLLIN) != 0; }

int sk_poller_wait(int poller, sk_ready *ready, int capacity) {
  struct epoll_event events[BATCH_MAX];
  const int most = capacity < BATCH_MAX ? capacity : BATCH_MAX;
  /* Not epoll_wait(2): libuv uses this one, so every sandbox that lets Node run allows it. */
  const int count = (int)SK_RETRY(epoll_pwait(poller, events, most, 0, NULL));
  for (int i = 0; i < count; i++) {
    ready[i].slot = (int32_t)(uint32_t)events[i].data.u64;
    ready[i].generation = (int32_t)(events[i].data.u64 >> 32);
    ready[i].events = (int32_t)events[i].events;
  }
  return count;
}
