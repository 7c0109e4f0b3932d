#include <errno.h>
#include <poll.h>
#include <sys/time.h>

#include "support.h"

static int looks(sk_linger *linger, bool found) {
  int count = 0;
  if (!sk_linger_begin(linger)) return 0;
  do count++;
  while (sk_linger_again(linger, found));
  return count;
}

TEST(what_is_found_at_once_takes_one_look) {
  sk_linger linger = {0};
  for (int wait = 0; wait < 100; wait++) EQUAL(looks(&linger, true), 1);
  EQUAL(linger.credit, 32); /* late looks come to an end */
}

TEST(looks_in_vain_get_rarer_and_come_back) {
  sk_linger linger = {0};
  const int passes[] = {3, 15, 63, 255, 1023, 1023};
  for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
    CHECK(looks(&linger, false) >= 1);
    for (int wait = 0; wait < passes[i]; wait++) EQUAL(looks(&linger, true), 0);
  }
  /* From here on a look that finds something is followed by another without a pause. */
  for (int found = 0; found < 10; found++) EQUAL(looks(&linger, true), 1);
  EQUAL(linger.backoff, 0);
  CHECK(looks(&linger, false) >= 1);
  for (int wait = 0; wait < 3; wait++) EQUAL(looks(&linger, true), 0);
  EQUAL(looks(&linger, true), 1);
}

/* A look that finds something after 40 us. False: something else had the processor meanwhile. */
static bool finds_late(sk_linger *linger) {
  const int64_t begin_us = sk_now_us();
  CHECK(sk_linger_begin(linger));
  while (sk_now_us() - begin_us < 40) {
    if (!sk_linger_again(linger, false)) return false;
  }
  CHECK(!sk_linger_again(linger, true));
  return linger->now_us - linger->since_us >= 30;
}

static sk_linger behind_the_longest_pause(void) {
  sk_linger linger = {0};
  while (linger.backoff < 10) looks(&linger, false);
  while (linger.waits_to_pass > 0) looks(&linger, false);
  return linger;
}

TEST(behind_the_longest_pause_answers_may_be_late) {
  needs_a_kernel(); /* an emulator takes time between two readings of the clock */
  for (int attempt = 0; attempt < 1000; attempt++) {
    sk_linger linger = behind_the_longest_pause();
    int found = 0;
    while (found < 16 && finds_late(&linger)) {
      found++;
      EQUAL(linger.waits_to_pass, found < 16 ? 0 : 1023);
    }
    if (found == 16) return;
  }
  CHECK(!"a thousand times something else had the processor");
}

TEST(late_answers_are_waited_for_as_long_as_others_come_soon) {
  needs_a_kernel();
  for (int attempt = 0; attempt < 1000; attempt++) {
    sk_linger linger = {0};
    int found = 0;
    while (found < 100 && looks(&linger, true) == 1 && looks(&linger, true) == 1 && finds_late(&linger)) found++;
    if (found == 100) return;
  }
  CHECK(!"a thousand times something else had the processor");
}

TEST(a_read_that_may_wait_looks_first_and_then_waits) {
  const pair both = unix_pair(SOCK_DGRAM);
  sk_linger linger = {0};
  char text[2];
  uint8_t address[SK_ADDRESS_MAX];
  uint32_t length;
  EQUAL(sk_send(both.near, "a", 1, 0), 1);
  EQUAL(sk_recv(both.far, text, 2, 0, &linger), 1);
  EQUAL(sk_send(both.near, "b", 1, 0), 1);
  EQUAL(sk_recvfrom(both.far, text, 2, 0, &linger, address, &length), 1);
  EQUAL(text[0], 'b');
  EQUAL(linger.backoff, 0);
  /* With SO_RCVTIMEO the read that waits gives EAGAIN, too. */
  const struct timeval soon = {.tv_usec = 1000};
  EQUAL(setsockopt(both.far, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon), 0);
  const int64_t begin_us = sk_now_us();
  EQUAL(sk_recv(both.far, text, 2, 0, &linger), -EAGAIN);
  CHECK(sk_now_us() - begin_us >= 1000);
  EQUAL(linger.backoff, 2);
  close_pair(both);
}

TEST(a_read_that_may_not_wait_does_not_linger) {
  const pair both = unix_pair(SOCK_STREAM);
  sk_linger linger = {0};
  char byte;
  EQUAL(sk_recv(both.far, &byte, 1, MSG_DONTWAIT, &linger), -EAGAIN);
  EQUAL(sk_recv(both.far, &byte, 1, MSG_OOB, &linger), -EINVAL);
  EQUAL(sk_poll(both.far, POLLIN, 0, &linger), 0);
  EQUAL(sk_poll(-1, 0, 1, &linger), 0); /* waits only for time to pass */
  EQUAL(linger.backoff, 0);
  EQUAL(sk_poll(both.far, POLLIN, 1, &linger), 0);
  EQUAL(linger.backoff, 2);
  close_pair(both);
}
