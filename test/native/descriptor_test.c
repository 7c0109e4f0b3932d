#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "support.h"

/* The linker redirects all of the program's calls of close(2) to here (--wrap=close). */
int __real_close(int fd);
static int close_calls, close_errno;
int __wrap_close(int fd) {
  close_calls++;
  const int rc = __real_close(fd);
  if (close_errno == 0) return rc;
  errno = close_errno;
  return -1;
}

TEST(close_gives_0_then_ebadf) {
  const int fd = sk_socket(AF_INET, SOCK_STREAM, 0);
  EQUAL(sk_close(fd), 0);
  EQUAL(sk_close(fd), -EBADF);
  EQUAL(sk_close(-1), -EBADF);
}

TEST(close_is_called_once_and_eintr_is_no_failure) {
  const int fd = sk_socket(AF_INET, SOCK_STREAM, 0);
  close_calls = 0;
  close_errno = EINTR; /* the number is freed all the same */
  EQUAL(sk_close(fd), 0);
  EQUAL(close_calls, 1);
  close_errno = EIO;
  EQUAL(sk_close(sk_dup(0)), -EIO);
  close_errno = 0;
}

TEST(dup_is_close_on_exec_and_a_descriptor_of_its_own) {
  const pair both = unix_pair(SOCK_STREAM);
  const int copy = sk_dup(both.near);
  CHECK(copy >= 0 && copy != both.near);
  EQUAL(sk_get_inheritable(copy), 0);
  EQUAL(sk_close(copy), 0);
  EQUAL(sk_send(both.near, "a", 1, 0), 1);
  EQUAL(sk_dup(-1), -EBADF);
  close_pair(both);
}

TEST(nonblock_goes_both_ways) {
  const pair both = unix_pair(SOCK_STREAM);
  char byte;
  EQUAL(sk_get_nonblock(both.near), false);
  EQUAL(sk_set_nonblock(both.near, true), 0);
  EQUAL(sk_get_nonblock(both.near), true);
  EQUAL(sk_recv(both.near, &byte, 1, 0, NULL), -EAGAIN);
  EQUAL(sk_set_nonblock(both.near, false), 0);
  EQUAL(sk_get_nonblock(both.near), false);
  EQUAL(sk_set_nonblock(-1, true), -EBADF);
  EQUAL(sk_get_nonblock(-1), -EBADF);
  close_pair(both);
}

TEST(urgent_data_leaves_a_mark) {
  const listener server = tcp_listener(1);
  const int client = tcp_client(&server);
  uint8_t peer[SK_ADDRESS_MAX], text[4];
  uint32_t length;
  const int fd = sk_accept(server.fd, peer, &length, false);
  EQUAL(sk_send(client, "a!", 2, MSG_OOB), 2);
  CHECK(sk_poll(fd, POLLPRI, -1, NULL) & POLLPRI);
  EQUAL(sk_at_mark(fd), 0);
  EQUAL(sk_recv(fd, text, sizeof text, 0, NULL), 1);
  EQUAL(sk_at_mark(fd), 1);
  EQUAL(sk_at_mark(-1), -EBADF);
  close_pair((pair){client, fd});
  EQUAL(sk_close(server.fd), 0);
}

TEST(inheritable_goes_both_ways) {
  const pair both = unix_pair(SOCK_STREAM);
  EQUAL(sk_get_inheritable(both.near), false);
  EQUAL(sk_set_inheritable(both.near, true), 0);
  EQUAL(sk_get_inheritable(both.near), true);
  EQUAL(fcntl(both.near, F_GETFD), 0);
  EQUAL(sk_set_inheritable(both.near, false), 0);
  EQUAL(fcntl(both.near, F_GETFD), FD_CLOEXEC);
  EQUAL(sk_set_inheritable(-1, true), -EBADF);
  EQUAL(sk_get_inheritable(-1), -EBADF);
  close_pair(both);
}
