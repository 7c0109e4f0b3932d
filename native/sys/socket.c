#define _GNU_SOURCE /* accept4 */
#include "sys.h"

#include <sys/socket.h>

#include "ret.h"

int sk_socket(int family, int type, int protocol) {
  return (int)sk_ret(socket(family, type | SOCK_CLOEXEC, protocol));
}

int sk_socketpair(int family, int type, int protocol, int fds[2]) {
  return (int)sk_ret(socketpair(family, type | SOCK_CLOEXEC, protocol, fds));
}

int sk_bind(int fd, const uint8_t *address, uint32_t length) {
  return (int)sk_ret(bind(fd, (const struct sockaddr *)address, length));
}

int sk_listen(int fd, int backlog) { return (int)sk_ret(listen(fd, backlog)); }

int sk_accept(int fd, uint8_t *address, uint32_t *length, bool nonblock) {
  const int flags = SOCK_CLOEXEC | (nonblock ? SOCK_NONBLOCK : 0);
  *length = address == NULL ? 0 : SK_ADDRESS_MAX;
  return (int)SK_RETRY(
      accept4(fd, (struct sockaddr *)address, address == NULL ? NULL : length, flags));
}

/* Whether connect(2) can be called again after a signal has ended it, since nothing goes on without
 * it: AF_UNIX was waiting for room in the listener's queue, and AF_VSOCK takes its request back. */
static bool starts_over(const struct sockaddr *address) {
  return address->sa_family == AF_UNIX || address->sa_family == AF_VSOCK;
}

/* Not retried in other families: after a signal the kernel goes on connecting, and a second
 * connect(2) would fail with EALREADY. The caller waits as after EINPROGRESS, which the kernel
 * gives when the time of SO_SNDTIMEO is over. */
int sk_connect(int fd, const uint8_t *address, uint32_t length) {
  const struct sockaddr *to = (const struct sockaddr *)address;
  for (;;) {
    const int rc = (int)sk_ret(connect(fd, to, length));
    if (rc != -EINTR || !starts_over(to)) return rc;
  }
}

int sk_shutdown(int fd, int how) { return (int)sk_ret(shutdown(fd, how)); }

int sk_getsockname(int fd, uint8_t *address, uint32_t *length) {
  socklen_t size = SK_ADDRESS_MAX;
  const int rc = (int)sk_ret(getsockname(fd, (struct sockaddr *)address, &size));
  *length = size;
  return rc;
}

int sk_getpeername(int fd, uint8_t *address, uint32_t *length) {
  socklen_t size = SK_ADDRESS_MAX;
  const int rc = (int)sk_ret(getpeername(fd, (struct sockaddr *)address, &size));
  *length = size;
  return rc;
}
