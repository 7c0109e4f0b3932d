#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/resource.h>
#include <time.h>

#include "support.h"

static int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

TEST(poll_gives_the_events_that_are_ready) {
  const pair both = unix_pair(SOCK_STREAM);
  EQUAL(sk_poll(both.near, POLLIN, 0, NULL), 0);
  EQUAL(sk_poll(both.near, POLLIN | POLLOUT, 0, NULL), POLLOUT);
  EQUAL(sk_send(both.far, "a", 1, 0), 1);
  EQUAL(sk_poll(both.near, POLLIN, 0, NULL), POLLIN);
  EQUAL(sk_poll(both.near, POLLIN, -1, NULL), POLLIN);
  EQUAL(sk_poll(both.near, POLLIN, INT_MAX, NULL), POLLIN);
  EQUAL(sk_poll(both.near, POLLIN, (int64_t)INT_MAX * 4, NULL), POLLIN); /* 99 days: several rounds */
  EQUAL(sk_close(both.far), 0);
  CHECK(sk_poll(both.near, 0, -1, NULL) & POLLHUP); /* reported unasked */
  EQUAL(sk_close(both.near), 0);
}

TEST(poll_of_a_bad_descriptor_is_ebadf) {
  const int fd = sk_socket(AF_INET, SOCK_STREAM, 0);
  EQUAL(sk_close(fd), 0);
  EQUAL(sk_poll(fd, POLLIN, 0, NULL), -EBADF);
  EQUAL(sk_poll(fd, POLLIN, -1, NULL), -EBADF);
}

/* To wait only for time to pass needs no descriptor, so it works under any limit. */
TEST(poll_under_a_limit_of_no_descriptors) {
  const pair both = unix_pair(SOCK_STREAM);
  struct rlimit before, none;
  EQUAL(getrlimit(RLIMIT_NOFILE, &before), 0);
  none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
  EQUAL(setrlimit(RLIMIT_NOFILE, &none), 0);
  const int64_t begin_us = now_us();
  EQUAL(sk_poll(both.near, POLLIN, 1000, NULL), -EINVAL);
  EQUAL(sk_poll(-1, 0, 20, NULL), 0);
  CHECK(now_us() - begin_us >= 20000);
  EQUAL(setrlimit(RLIMIT_NOFILE, &before), 0);
  EQUAL(sk_close(both.near), 0);
  EQUAL(sk_close(both.far), 0);
}

static void nothing(void) {}

/* If a signal restarted the timeout, this would never end. */
TEST(signals_do_not_move_the_deadline) {
  const pair both = unix_pair(SOCK_STREAM);
  for (int round = 0; round < 20; round++) {
    interrupt(1, nothing);
    const int64_t begin_us = now_us();
    EQUAL(sk_poll(both.near, POLLIN, 25, NULL), 0);
    const int64_t waited_us = now_us() - begin_us;
    stop_interrupting();
    CHECK(waited_us >= 25000); /* never early, not even by a part of a millisecond */
    CHECK(interruptions() >= 1);
  }
  close_pair(both);
}

static pair link_of_handler;
static void send_a_byte(void) { send(link_of_handler.far, "x", 1, 0); }

TEST(poll_without_a_deadline_outlasts_signals) {
  link_of_handler = unix_pair(SOCK_STREAM);
  interrupt(5, send_a_byte);
  EQUAL(sk_poll(link_of_handler.near, POLLIN, -1, NULL), POLLIN);
  stop_interrupting();
  CHECK(interruptions() >= 5);
  close_pair(link_of_handler);
}
