/* The one place that turns -1 into -errno, and the one that retries after EINTR. Only the files of
 * native/sys include this one. */
#ifndef BERKELEY_SYS_RET_H
#define BERKELEY_SYS_RET_H

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

static inline ssize_t sk_ret(ssize_t rc) { return rc == -1 ? -errno : rc; }

/* Runs `call`, again as long as a signal interrupts it (EINTR). Its value is the result or
 * -errno. */
#define SK_RETRY(call)                    \
  ({                                      \
    ssize_t rc_;                          \
    do {                                  \
      rc_ = (call);                       \
    } while (rc_ == -1 && errno == EINTR); \
    sk_ret(rc_);                          \
  })

/* Runs `call`, which has to send with `flags_`: `flags` and MSG_NOSIGNAL, so that a peer that has
 * gone is EPIPE, never SIGPIPE. RDS (EOPNOTSUPP) and QIPCRTR (EINVAL) refuse flags that they do not
 * know; they never raise SIGPIPE, so the call is tried again without MSG_NOSIGNAL. */
#define SK_SEND(flags, call)                                         \
  ({                                                                 \
    int flags_ = (flags) | MSG_NOSIGNAL;                             \
    ssize_t sent_ = SK_RETRY(call);                                  \
    const bool refused_ = sent_ == -EOPNOTSUPP || sent_ == -EINVAL;  \
    if (refused_ && flags_ != (flags)) {                             \
      flags_ = (flags);                                              \
      sent_ = SK_RETRY(call);                                        \
    }                                                                \
    sent_;                                                           \
  })

/* Runs `call`, which has to receive with `flags_`: `flags` and MSG_CMSG_CLOEXEC, so that no
 * received descriptor is inherited by accident. Packet sockets and some CAN sockets refuse flags
 * that they do not know; they never pass descriptors, so the call is tried again without
 * MSG_CMSG_CLOEXEC. */
#define SK_RECEIVE(flags, call)                  \
  ({                                             \
    int flags_ = (flags) | MSG_CMSG_CLOEXEC;     \
    ssize_t got_ = SK_RETRY(call);               \
    if (got_ == -EINVAL && flags_ != (flags)) {  \
      flags_ = (flags);                          \
      got_ = SK_RETRY(call);                     \
    }                                            \
    got_;                                        \
  })

#endif
