#include "sys.h"

#include <sys/socket.h>

#include "ret.h"

ssize_t sk_recv(int fd, void *buffer, size_t size, int flags) {
  return SK_RETRY(recv(fd, buffer, size, flags));
}

ssize_t sk_recv_now(int fd, void *buffer, size_t size) {
  return sk_recv(fd, buffer, size, MSG_DONTWAIT);
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
