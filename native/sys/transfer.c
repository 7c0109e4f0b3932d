#include "sys.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include "ret.h"

ssize_t sk_recv(int fd, void *buffer, size_t size, int flags) {
  return SK_RETRY(recv(fd, buffer, size, flags));
}

ssize_t sk_recv_now(int fd, void *buffer, size_t size) {
  return sk_recv(fd, buffer, size, MSG_DONTWAIT);
}

/* There is no room for control messages, so the kernel says that it had some (and closes descriptors, as
 * recv(2) does). */
ssize_t sk_recv_unix(int fd, void *buffer, size_t size, int flags, bool *stopped) {
  struct iovec slice = {.iov_base = buffer, .iov_len = size};
  struct msghdr header = {.msg_iov = &slice, .msg_iovlen = 1};
  const ssize_t rc = SK_RETRY(recvmsg(fd, &header, flags));
  *stopped = rc >= 0 && (header.msg_flags & MSG_CTRUNC) != 0;
  return rc;
}

ssize_t sk_recv_unix_now(int fd, void *buffer, size_t size, bool *stopped) {
  return sk_recv_unix(fd, buffer, size, MSG_DONTWAIT, stopped);
}

ssize_t sk_recvfrom(int fd, void *buffer, size_t size, int flags, uint8_t *address,
                    uint32_t *length) {
  socklen_t room = SK_ADDRESS_MAX;
  struct sockaddr *from = (struct sockaddr *)address;
  const ssize_t rc =
      SK_RETRY((room = SK_ADDRESS_MAX, recvfrom(fd, buffer, size, flags, from, &room)));
  *length = room;
  return rc;
}

ssize_t sk_send(int fd, const void *data, size_t size, int flags) {
  return SK_SEND(flags, send(fd, data, size, flags_));
}

ssize_t sk_sendto(int fd, const void *data, size_t size, int flags, const uint8_t *address,
                  uint32_t length) {
  const struct sockaddr *to = (const struct sockaddr *)address;
  return SK_SEND(flags, sendto(fd, data, size, flags_, to, length));
}
