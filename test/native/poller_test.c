#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "support.h"

enum { CAPACITY = 8 };

static int make_poller(void) {
  const int poller = sk_poller_create();
  CHECK(poller >= 0);
  EQUAL(sk_get_inheritable(poller), false);
  return poller;
}

TEST(an_event_carries_its_slot_and_generation) {
  const int32_t numbers[][2] = {{0, 0}, {7, 3}, {INT32_MAX, INT32_MIN}, {-1, 1}};
  sk_ready ready[CAPACITY];
  for (int i = 0; i < 4; i++) {
    const int poller = make_poller();
    const pair both = unix_pair(SOCK_STREAM);
    EQUAL(sk_poller_add(poller, both.near, numbers[i][0], numbers[i][1], true), 0);
    EQUAL(sk_poller_wait(poller, ready, CAPACITY), 1);
    EQUAL(ready[0].slot, numbers[i][0]);
    EQUAL(ready[0].generation, numbers[i][1]);
    EQUAL(ready[0].events, EPOLLOUT);
    close_pair(both);
    EQUAL(sk_close(poller), 0);
  }
}

TEST(an_event_is_told_once) {
  const int poller = make_poller();
  const pair both = unix_pair(SOCK_STREAM);
  sk_ready ready[CAPACITY];
  EQUAL(sk_poller_add(poller, both.near, 1, 1, true), 0);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 1);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 0);
  EQUAL(sk_send(both.far, "a", 1, 0), 1);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 1);
  EQUAL(ready[0].events & EPOLLIN, EPOLLIN);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 0); /* still unread, but reported already */
  EQUAL(sk_send(both.far, "b", 1, 0), 1);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 1);
  EQUAL(sk_poller_modify(poller, both.near, 1, 2, true, false), 0); /* reports again what is ready */
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 1);
  EQUAL(ready[0].generation, 2);
  EQUAL(sk_close(both.far), 0);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 1);
  EQUAL(ready[0].events & (EPOLLHUP | EPOLLRDHUP), EPOLLHUP | EPOLLRDHUP);
  EQUAL(sk_close(both.near), 0);
  EQUAL(sk_close(poller), 0);
}

TEST(what_there_is_to_read_is_told_again_to_who_asks_for_it) {
  const int poller = make_poller();
  const pair both = unix_pair(SOCK_SEQPACKET);
  sk_ready ready[CAPACITY];
  char byte;
  EQUAL(sk_poller_add(poller, both.near, 1, 1, false), 0);
  EQUAL(sk_poller_modify(poller, both.near, 1, 1, false, true), 0);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 0);
  EQUAL(sk_send(both.far, "a", 1, 0), 1);
  EQUAL(sk_send(both.far, "b", 1, 0), 1);
  for (int i = 0; i < 2; i++) {
    for (int again = 0; again < 3; again++) EQUAL(sk_poller_wait(poller, ready, CAPACITY), 1);
    EQUAL(ready[0].events, EPOLLIN);
    EQUAL(sk_recv(both.near, &byte, 1, MSG_DONTWAIT, NULL), 1);
  }
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 0);
  EQUAL(sk_send(both.far, "c", 1, 0), 1);
  EQUAL(sk_poller_modify(poller, both.near, 1, 1, false, false), 0);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 1);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 0);
  close_pair(both);
  EQUAL(sk_close(poller), 0);
}

TEST(room_to_write_is_told_to_who_asks_for_it) {
  const int poller = make_poller();
  const pair both = unix_pair(SOCK_DGRAM);
  sk_ready ready[CAPACITY];
  EQUAL(sk_poller_add(poller, both.near, 1, 1, false), 0);
  EQUAL(sk_send(both.near, "a", 1, 0), 1);
  EQUAL(sk_recv(both.far, (char[1]){0}, 1, 0, NULL), 1);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 0);
  EQUAL(sk_poller_modify(poller, both.near, 1, 1, true, false), 0);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 1);
  EQUAL(ready[0].events, EPOLLOUT);
  close_pair(both);
  EQUAL(sk_close(poller), 0);
}

/* A dup(2) keeps the first socket open after its number is closed, so the kernel still reports
 * it. */
TEST(the_generation_tells_a_reused_number_from_the_socket_that_had_it) {
  const int poller = make_poller();
  const pair old = unix_pair(SOCK_STREAM);
  sk_ready ready[CAPACITY];
  EQUAL(sk_poller_add(poller, old.near, 5, 1, true), 0);
  const int copy = sk_dup(old.near);
  EQUAL(sk_close(old.near), 0);
  const pair new = unix_pair(SOCK_STREAM);
  EQUAL(new.near, old.near);
  EQUAL(sk_poller_add(poller, new.near, 5, 2, true), 0);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 2);
  EQUAL(sk_send(old.far, "a", 1, 0), 1);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 1);
  EQUAL(ready[0].slot, 5);
  EQUAL(ready[0].generation, 1);
  EQUAL(sk_send(new.far, "a", 1, 0), 1);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 1);
  EQUAL(ready[0].slot, 5);
  EQUAL(ready[0].generation, 2);
  close_pair((pair){copy, old.far});
  close_pair(new);
  EQUAL(sk_close(poller), 0);
}

TEST(a_removed_descriptor_is_silent) {
  const int poller = make_poller();
  const pair both = unix_pair(SOCK_STREAM);
  sk_ready ready[CAPACITY];
  EQUAL(sk_poller_add(poller, both.near, 1, 1, true), 0);
  EQUAL(sk_poller_add(poller, both.near, 2, 2, true), -EEXIST);
  EQUAL(sk_poller_remove(poller, both.near), 0);
  EQUAL(sk_poller_remove(poller, both.near), -ENOENT);
  EQUAL(sk_poller_modify(poller, both.near, 1, 1, true, false), -ENOENT);
  EQUAL(sk_poller_wait(poller, ready, CAPACITY), 0);
  EQUAL(sk_poller_add(poller, -1, 1, 1, true), -EBADF);
  EQUAL(sk_poller_add(-1, both.near, 1, 1, true), -EBADF);
  EQUAL(sk_poller_wait(-1, ready, CAPACITY), -EBADF);
  EQUAL(sk_poller_wait(poller, ready, 0), -EINVAL);
  EQUAL(sk_poller_wait(poller, ready, -1), -EINVAL);
  close_pair(both);
  EQUAL(sk_close(poller), 0);
}

TEST(a_wait_writes_no_more_than_it_has_room_for_and_loses_nothing) {
  enum { SOCKETS = 600 }; /* more than a batch of 256, less than the usual limit of 1,024 */
  static int fds[SOCKETS];
  static sk_ready ready[SOCKETS];
  static bool seen[SOCKETS];
  const int poller = make_poller();
  for (int i = 0; i < SOCKETS; i++) {
    fds[i] = sk_socket(AF_INET, SOCK_DGRAM, 0); /* writable from the start */
    EQUAL(sk_poller_add(poller, fds[i], i, i, true), 0);
  }
  ready[3].slot = -7;
  int told = sk_poller_wait(poller, ready, 3), count = 0;
  EQUAL(told, 3);
  EQUAL(ready[3].slot, -7);
  do {
    for (int i = 0; i < told; i++, count++) {
      CHECK(!seen[ready[i].slot]);
      seen[ready[i].slot] = true;
    }
    told = sk_poller_wait(poller, ready, SOCKETS);
  } while (told > 0);
  EQUAL(count, SOCKETS);
  for (int i = 0; i < SOCKETS; i++) EQUAL(sk_close(fds[i]), 0);
  EQUAL(sk_close(poller), 0);
}
