#include "sys.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include "ret.h"

/* Runs `call`, which has to receive with `flags_`. If it may wait, it is tried for a while without
 * waiting (linger.c): the answer to what was just sent is often on its way. */
#define LINGERING(linger, flags, call)                                    \
  ({                                                                      \
    int flags_ = (flags);                                                 \
    ssize_t got_ = -EAGAIN;                                               \
    if (flags_ == 0 && (linger) != NULL && sk_linger_begin(linger)) {     \
      flags_ = MSG_DONTWAIT;                                              \
      do {                                                                \
        got_ = SK_RETRY(call);                                            \
      } while (sk_linger_again(linger, got_ != -EAGAIN));                 \
      flags_ = 0;                                                         \
    }                                                                     \
    got_ == -EAGAIN ? SK_RETRY(call) : got_;                              \
  })

ssize_t sk_recv(int fd, void *buffer, size_t size, int flags, sk_linger *linger) {
  return LINGERING(linger, flags, recv(fd, buffer, size, flags_));
}

ssize_t sk_recv_now(int fd, void *buffer, size_t size) {
  return sk_recv(fd, buffer, size, MSG_DONTWAIT, NULL);
}

/* Gives no room for control messages, so that MSG_CTRUNC tells whether there were any. (The kernel
 * closes descriptors among them, as it does for recv(2).) */
static ssize_t recv_slices(int fd, const sk_slice *slices, size_t count, int flags,
                           bool *stopped) {
  struct msghdr header = {.msg_iov = (struct iovec *)slices, .msg_iovlen = count};
  const ssize_t rc = SK_RETRY(recvmsg(fd, &header, flags));
  *stopped = (header.msg_flags & MSG_CTRUNC) != 0;
  return rc;
}

ssize_t sk_recv_unix(int fd, void *buffer, size_t size, int flags, bool *stopped) {
  const sk_slice slice = {.data = buffer, .length = size};
  return recv_slices(fd, &slice, 1, flags, stopped);
}

ssize_t sk_recv_unix_now(int fd, void *buffer, size_t size, bool *stopped) {
  return sk_recv_unix(fd, buffer, size, MSG_DONTWAIT, stopped);
}

ssize_t sk_recv_slices_now(int fd, const sk_slice *slices, size_t count, bool *stopped) {
  return recv_slices(fd, slices, count, MSG_DONTWAIT, stopped);
}

ssize_t sk_recvfrom(int fd, void *buffer, size_t size, int flags, sk_linger *linger,
                    uint8_t *address, uint32_t *length) {
  socklen_t room = SK_ADDRESS_MAX;
  struct sockaddr *from = (struct sockaddr *)address;
  const ssize_t rc = LINGERING(linger, flags, recvfrom(fd, buffer, size, flags_, from, &room));
  *length = room;
  return rc;
}

ssize_t sk_recvfrom_now(int fd, void *buffer, size_t size, uint8_t *address, uint32_t *length) {
  return sk_recvfrom(fd, buffer, size, MSG_DONTWAIT, NULL, address, length);
}

ssize_t sk_send(int fd, const void *data, size_t size, int flags) {
  return SK_SEND(flags, send(fd, data, size, flags_));
}

ssize_t sk_sendto(int fd, const void *data, size_t size, int flags, const uint8_t *address,
                  uint32_t length) {
  const struct sockaddr *to = (const struct sockaddr *)address;
  return SK_SEND(flags, sendto(fd, data, size, flags_, to, length));
}
