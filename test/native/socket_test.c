#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support.h"

/* The linker redirects all of the program's calls of connect(2) to here (--wrap=connect). */
int __real_connect(int fd, const struct sockaddr *address, socklen_t length);
static int connect_calls;
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length) {
  connect_calls++;
  return __real_connect(fd, address, length);
}

static int socket_error(int fd) {
  int error = -1;
  uint32_t length = sizeof error;
  EQUAL(sk_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
  return error;
}

TEST(descriptors_are_close_on_exec) {
  const int fd = sk_socket(AF_INET, SOCK_STREAM, 0);
  EQUAL(sk_get_inheritable(fd), false);
  EQUAL(sk_close(fd), 0);
  const pair both = unix_pair(SOCK_DGRAM);
  EQUAL(sk_get_inheritable(both.near), false);
  EQUAL(sk_get_inheritable(both.far), false);
  close_pair(both);
}

TEST(errors_are_the_negative_errno) {
  int fds[2];
  EQUAL(sk_socket(-1, SOCK_STREAM, 0), -EAFNOSUPPORT);
  EQUAL(sk_socket(AF_INET, 0x7ff, 0), -EINVAL);
  EQUAL(sk_socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), -EPROTONOSUPPORT);
  EQUAL(sk_socketpair(AF_INET, SOCK_STREAM, 0, fds), -EOPNOTSUPP);
  EQUAL(sk_listen(-1, 1), -EBADF);
  EQUAL(sk_shutdown(-1, SHUT_RD), -EBADF);
}

TEST(addresses_of_a_hostile_length_are_errors) {
  needs_a_kernel();
  uint8_t address[SK_ADDRESS_MAX] = {0};
  const struct sockaddr_in loopback = {.sin_family = AF_INET};
  const int fd = sk_socket(AF_INET, SOCK_STREAM, 0);
  memcpy(address, &loopback, sizeof loopback);
  const uint32_t lengths[] = {0, 1, 2, sizeof loopback - 1, SK_ADDRESS_MAX + 1, INT32_MAX,
                              (uint32_t)INT32_MAX + 1, UINT32_MAX};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    EQUAL(sk_bind(fd, address, lengths[i]), -EINVAL);
    EQUAL(sk_connect(fd, address, lengths[i]), -EINVAL);
  }
  EQUAL(sk_bind(fd, NULL, sizeof loopback), -EFAULT);
  EQUAL(sk_close(fd), 0);
}

TEST(accept_gives_the_peer_and_sets_what_was_asked) {
  const listener server = tcp_listener(4);
  for (int nonblock = 0; nonblock < 2; nonblock++) {
    uint8_t peer[SK_ADDRESS_MAX], own[SK_ADDRESS_MAX];
    uint32_t peer_length = 0, own_length = 0;
    const int client = tcp_client(&server);
    const int fd = sk_accept(server.fd, peer, &peer_length, nonblock);
    CHECK(fd >= 0);
    EQUAL(sk_get_nonblock(fd), nonblock);
    EQUAL(sk_get_inheritable(fd), false);
    EQUAL(sk_getsockname(client, own, &own_length), 0);
    EQUAL(peer_length, own_length);
    EQUAL(memcmp(peer, own, own_length), 0);
    EQUAL(sk_getpeername(client, own, &own_length), 0);
    EQUAL(memcmp(server.address, own, own_length), 0);
    close_pair((pair){client, fd});
  }
  EQUAL(sk_set_nonblock(server.fd, true), 0);
  uint32_t length;
  EQUAL(sk_accept(server.fd, (uint8_t[SK_ADDRESS_MAX]){0}, &length, true), -EAGAIN);
  EQUAL(sk_close(server.fd), 0);
}

static listener awaited;
static int late_client;
static void connect_late(void) {
  __real_connect(late_client, (struct sockaddr *)awaited.address, awaited.length);
}

TEST(accept_goes_on_after_signals) {
  uint8_t peer[SK_ADDRESS_MAX];
  uint32_t length;
  awaited = tcp_listener(1);
  late_client = sk_socket(AF_INET, SOCK_STREAM, 0);
  interrupt(5, connect_late);
  const int fd = sk_accept(awaited.fd, peer, &length, false);
  stop_interrupting();
  CHECK(fd >= 0);
  CHECK(interruptions() >= 5);
  close_pair((pair){fd, late_client});
  EQUAL(sk_close(awaited.fd), 0);
}

TEST(accept_without_a_free_descriptor_is_emfile_and_loses_no_connection) {
  const listener server = tcp_listener(1);
  const int client = tcp_client(&server);
  uint8_t peer[SK_ADDRESS_MAX];
  uint32_t length;
  struct rlimit limit;
  EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const int next = dup(client); /* the lowest free number */
  close(next);
  const struct rlimit full = {(rlim_t)next, limit.rlim_max};
  EQUAL(setrlimit(RLIMIT_NOFILE, &full), 0);
  EQUAL(sk_accept(server.fd, peer, &length, false), -EMFILE);
  EQUAL(sk_accept(server.fd, peer, &length, false), -EMFILE);
  EQUAL(sk_socket(AF_INET, SOCK_STREAM, 0), -EMFILE);
  EQUAL(sk_dup(client), -EMFILE);
  EQUAL(sk_poller_create(), -EMFILE);
  EQUAL(sk_if_nameindex(&(sk_interface *){NULL}), -EMFILE);
  EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
  const int fd = sk_accept(server.fd, peer, &length, false);
  EQUAL(fd, next);
  close_pair((pair){client, fd});
  EQUAL(sk_close(server.fd), 0);
}

TEST(connect_without_waiting_is_einprogress_then_the_outcome) {
  const listener server = tcp_listener(1);
  const int fd = sk_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  EQUAL(sk_connect(fd, server.address, server.length), -EINPROGRESS);
  CHECK(sk_poll(fd, POLLOUT, -1, NULL) & POLLOUT);
  EQUAL(socket_error(fd), 0);
  EQUAL(sk_close(fd), 0);
  EQUAL(sk_close(server.fd), 0);
  const int refused = sk_socket(AF_INET, SOCK_STREAM, 0);
  EQUAL(sk_connect(refused, server.address, server.length), -ECONNREFUSED);
  EQUAL(sk_close(refused), 0);
}

static void nothing(void) {}

/* A listener whose queue is full drops the SYN, so connect(2) waits until a later one is
 * answered. */
TEST(connect_is_not_called_again_after_a_signal) {
  const listener server = tcp_listener(0);
  const int first = tcp_client(&server);
  const int fd = sk_socket(AF_INET, SOCK_STREAM, 0);
  uint8_t peer[SK_ADDRESS_MAX];
  uint32_t length;
  connect_calls = 0;
  interrupt(1, nothing);
  EQUAL(sk_connect(fd, server.address, server.length), -EINTR);
  EQUAL(connect_calls, 1);
  stop_interrupting();
  const int accepted = sk_accept(server.fd, peer, &length, false);
  CHECK(sk_poll(fd, POLLOUT, -1, NULL) & POLLOUT); /* it went on by itself */
  EQUAL(socket_error(fd), 0);
  EQUAL(sk_getpeername(fd, peer, &length), 0);
  close_pair((pair){first, accepted});
  close_pair((pair){server.fd, fd});
}

static int full_listener;
static void make_room(void) { close(accept(full_listener, NULL, NULL)); }

/* Unlike with TCP, nothing goes on when a signal ends this connect(2): it has not begun yet. */
TEST(connect_to_a_full_unix_listener_outlasts_signals) {
  const struct sockaddr_un unnamed = {.sun_family = AF_UNIX}; /* bind(2) finds a free name */
  uint8_t address[SK_ADDRESS_MAX], peer[SK_ADDRESS_MAX];
  uint32_t length, peer_length;
  const int first = sk_socket(AF_UNIX, SOCK_STREAM, 0), fd = sk_socket(AF_UNIX, SOCK_STREAM, 0);
  full_listener = sk_socket(AF_UNIX, SOCK_STREAM, 0);
  EQUAL(sk_bind(full_listener, (const uint8_t *)&unnamed, sizeof(sa_family_t)), 0);
  EQUAL(sk_getsockname(full_listener, address, &length), 0);
  EQUAL(sk_listen(full_listener, 0), 0);
  EQUAL(sk_connect(first, address, length), 0);
  interrupt(5, make_room);
  EQUAL(sk_connect(fd, address, length), 0);
  stop_interrupting();
  EQUAL(sk_getpeername(fd, peer, &peer_length), 0);
  EQUAL(peer_length, length);
  close_pair((pair){first, fd});
  EQUAL(sk_close(full_listener), 0);
}

TEST(names_have_their_true_length) {
  uint8_t name[SK_ADDRESS_MAX];
  uint32_t length = 0;
  const pair both = unix_pair(SOCK_STREAM);
  EQUAL(sk_getsockname(both.near, name, &length), 0);
  EQUAL(length, sizeof(sa_family_t)); /* unnamed */
  struct sockaddr_un longest = {.sun_family = AF_UNIX};
  memset(longest.sun_path + 1, 'x', sizeof longest.sun_path - 1); /* abstract, 108 bytes */
  const pid_t pid = getpid();
  memcpy(longest.sun_path + 1, &pid, sizeof pid);
  const int fd = sk_socket(AF_UNIX, SOCK_DGRAM, 0);
  EQUAL(sk_bind(fd, (const uint8_t *)&longest, sizeof longest), 0);
  EQUAL(sk_getsockname(fd, name, &length), 0);
  EQUAL(length, sizeof longest);
  EQUAL(memcmp(name, &longest, length), 0);
  EQUAL(sk_getpeername(fd, name, &length), -ENOTCONN);
  EQUAL(sk_close(fd), 0);
  close_pair(both);
}

TEST(shutdown_ends_one_direction) {
  const pair both = unix_pair(SOCK_STREAM);
  char byte;
  EQUAL(sk_shutdown(both.near, SHUT_WR), 0);
  EQUAL(sk_recv(both.far, &byte, 1, 0, NULL), 0);
  EQUAL(sk_send(both.near, "a", 1, 0), -EPIPE);
  EQUAL(sk_send(both.far, "b", 1, 0), 1);
  EQUAL(sk_recv(both.near, &byte, 1, 0, NULL), 1);
  EQUAL(sk_shutdown(both.near, 99), -EINVAL);
  close_pair(both);
}
