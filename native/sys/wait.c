#define _GNU_SOURCE /* syscall */
#include "sys.h"

#include <limits.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ret.h"

int64_t sk_now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* All rounds share one deadline, so that signals do not make the wait longer. The time left is
 * rounded up to poll(2)'s milliseconds, so that the wait is never too short either. */
int sk_poll(int fd, int events, int64_t timeout_ms, sk_linger *linger) {
  struct pollfd entry = {.fd = fd, .events = (short)events};
  /* fd < 0 waits for the time alone. No entry is passed then, since poll(2) refuses more entries
   * than RLIMIT_NOFILE allows, which may be none. */
  const nfds_t count = fd < 0 ? 0 : 1;
  const int64_t deadline_us = timeout_ms < 0 ? 0 : sk_now_us() + timeout_ms * 1000;
  int64_t left_ms = timeout_ms;
  int rc = 0;
  if (linger != NULL && fd >= 0 && timeout_ms != 0 && sk_linger_begin(linger)) {
    do {
      rc = (int)sk_ret(poll(&entry, 1, 0));
    } while (sk_linger_again(linger, rc != 0));
  }
  for (;; rc = 0) {
    if (rc == 0) rc = (int)sk_ret(poll(&entry, count, left_ms > INT_MAX ? INT_MAX : (int)left_ms));
    if (rc > 0) return entry.revents & POLLNVAL ? -EBADF : entry.revents;
    if (rc < 0 && rc != -EINTR) return rc;
    if (timeout_ms < 0) continue;
    left_ms = (deadline_us - sk_now_us() + 999) / 1000;
    if (left_ms <= 0) return 0;
  }
}

/* The main thread's ID is the process's. (syscall(2), since older glibc has no gettid.) */
bool sk_is_main_thread(void) { return syscall(SYS_gettid) == getpid(); }
