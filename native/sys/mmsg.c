#define _GNU_SOURCE /* recvmmsg, sendmmsg */
#include "sys.h"

#include <string.h>
#include <sys/socket.h>

#include "ret.h"

/* Slices start at multiples of 8, so that a typed array of any kind can view them. */
enum { ALIGN = 8 };

static size_t aligned(size_t length) { return (length + ALIGN - 1) / ALIGN * ALIGN; }

/* Moves the datagrams, which came in slots of equal size, next to each other, so that the rest
 * of the memory is free for the next call. None moves up: a slot is never shorter than its
 * datagram. */
static void pack(sk_datagram *rows, int count, uint8_t *memory) {
  size_t used = 0;
  for (int i = 0; i < count; i++) {
    const size_t length = (size_t)rows[i].length, offset = (size_t)rows[i].offset;
    if (used != offset) memmove(memory + used, memory + offset, length);
    rows[i].offset = (int32_t)used;
    used += aligned(length);
  }
}

size_t sk_batch_slot(size_t size) { return aligned(size); }

int sk_recvmmsg(int fd, const sk_batch *batch, int flags) {
  struct mmsghdr headers[SK_BATCH_MAX];
  struct iovec slots[SK_BATCH_MAX];
  const size_t slot = aligned(batch->size);
  for (int i = 0; i < batch->count; i++) {
    slots[i] = (struct iovec){.iov_base = batch->memory + (size_t)i * slot, .iov_len = batch->size};
    headers[i].msg_hdr = (struct msghdr){
        .msg_name = batch->rows[i].address,
        .msg_namelen = SK_ADDRESS_MAX,
        .msg_iov = &slots[i],
        .msg_iovlen = 1,
        .msg_control = batch->control + (size_t)i * batch->room,
        .msg_controllen = batch->room,
    };
  }
  const int count = (int)SK_RECEIVE(
      flags | MSG_WAITFORONE, recvmmsg(fd, headers, (unsigned)batch->count, flags_, NULL));
  for (int i = 0; i < count; i++) {
    sk_datagram *row = &batch->rows[i];
    const struct msghdr *header = &headers[i].msg_hdr;
    const size_t length = headers[i].msg_len; /* with MSG_TRUNC it may exceed the slot */
    row->offset = (int32_t)((size_t)i * slot);
    row->length = (int32_t)(length < batch->size ? length : batch->size);
    row->flags = header->msg_flags & ~(MSG_CMSG_CLOEXEC & ~flags);
    row->address_length = (int32_t)header->msg_namelen;
    row->control_length = (int32_t)header->msg_controllen;
  }
  if (count > 0 && !batch->stays) pack(batch->rows, count, batch->memory);
  return count;
}

int sk_sendmmsg(int fd, sk_datagram *rows, const sk_slice *slices, int count, uint8_t *control,
                int flags) {
  struct mmsghdr headers[SK_BATCH_MAX];
  const sk_datagram *to = rows;
  uint8_t *own = control;
  size_t own_length = 0;
  for (int i = 0; i < count; i++) {
    if (rows[i].address_length != SK_SAME) to = &rows[i];
    if (rows[i].control_length != SK_SAME) {
      own = control;
      own_length = (size_t)rows[i].control_length;
      control += own_length;
    }
    const bool has_address = to->address_length > 0;
    headers[i].msg_hdr = (struct msghdr){
        .msg_name = has_address ? (void *)to->address : NULL,
        .msg_namelen = has_address ? (socklen_t)to->address_length : 0,
        .msg_iov = (struct iovec *)&slices[i],
        .msg_iovlen = 1,
        .msg_control = own,
        .msg_controllen = own_length,
    };
  }
  const int sent = (int)SK_SEND(flags, sendmmsg(fd, headers, (unsigned)count, flags_));
  if (sent > 0) rows[sent - 1].length = (int32_t)headers[sent - 1].msg_len;
  return sent;
}

void sk_mmsg_make(sk_call *calls, int count) {
  struct mmsghdr headers[SK_CALLS_MAX];
  const bool sends = calls[0].sends;
  const int flags = calls[0].flags | MSG_DONTWAIT;
  for (int i = 0; i < count; i++) {
    headers[i].msg_hdr = (struct msghdr){
        .msg_name = calls[i].address,
        .msg_namelen = calls[i].address_length,
        .msg_iov = (struct iovec *)calls[i].slices,
        .msg_iovlen = calls[i].count,
    };
    calls[i].rc = SK_NOT_MADE;
    calls[i].stopped = false;
  }
  const int made = (int)(sends ? SK_SEND(flags, sendmmsg(calls[0].fd, headers, (unsigned)count, flags_))
                               : SK_RETRY(recvmmsg(calls[0].fd, headers, (unsigned)count, flags, NULL)));
  for (int i = 0; i < made; i++) {
    calls[i].rc = (int32_t)headers[i].msg_len;
    calls[i].address_length = headers[i].msg_hdr.msg_namelen;
  }
  if (made < 0) {
    /* These may be errors of the batch and not of its first call: a sandbox gives ENOSYS or
     * EPERM for a system call that it does not know; RDS (EOPNOTSUPP) and QIPCRTR (EINVAL)
     * refuse the flag that the kernel sets on all messages of a batch but the last. The call is
     * then made by itself, and so meets any error of its own again. */
    const bool is_of_many = made == -ENOSYS || made == -EPERM || made == -EOPNOTSUPP || made == -EINVAL;
    if (!is_of_many) calls[0].rc = made;
  } else if (made < count && !sends) {
    calls[made].rc = -EAGAIN;
  }
}
