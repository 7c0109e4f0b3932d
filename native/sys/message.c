#include "sys.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "ret.h"

_Static_assert(sizeof(sk_slice) == sizeof(struct iovec), "a slice is an iovec");
_Static_assert(offsetof(sk_slice, data) == offsetof(struct iovec, iov_base), "its memory");
_Static_assert(offsetof(sk_slice, length) == offsetof(struct iovec, iov_len), "its length");
_Static_assert(SK_SLICES_MAX == UIO_MAXIOV, "the kernel's limit");

/* src/control/wire.ts writes and reads control messages by this layout. */
_Static_assert(sizeof(struct cmsghdr) == 16, "the header of a control message");
_Static_assert(offsetof(struct cmsghdr, cmsg_len) == 0, "its length, 8 bytes");
_Static_assert(offsetof(struct cmsghdr, cmsg_level) == 8, "its level");
_Static_assert(offsetof(struct cmsghdr, cmsg_type) == 12, "its type");
_Static_assert(CMSG_SPACE(1) == 24, "padded to a multiple of 8");

static struct msghdr header_of(const sk_message *message) {
  return (struct msghdr){
      .msg_name = message->address,
      .msg_namelen = message->address_length,
      .msg_iov = (struct iovec *)message->slices,
      .msg_iovlen = message->count,
      .msg_control = message->control,
      .msg_controllen = message->control_length,
  };
}

ssize_t sk_recvmsg(int fd, sk_message *message) {
  const int flags = message->flags;
  struct msghdr header = header_of(message);
  const ssize_t rc = SK_RECEIVE(flags, recvmsg(fd, &header, flags_));
  if (rc < 0) return rc;
  message->address_length = header.msg_namelen;
  message->control_length = header.msg_controllen;
  /* The kernel returns MSG_CMSG_CLOEXEC as well: only a caller who passed it is to see it. */
  message->flags = header.msg_flags & ~(MSG_CMSG_CLOEXEC & ~flags);
  return rc;
}

ssize_t sk_sendmsg(int fd, const sk_message *message) {
  const struct msghdr header = header_of(message);
  return SK_SEND(message->flags, sendmsg(fd, &header, flags_));
}
