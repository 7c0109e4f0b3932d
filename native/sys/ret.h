/* The one errno gate and the one EINTR gate; for the files of sys only. */
#ifndef BERKELEY_SYS_RET_H
#define BERKELEY_SYS_RET_H

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

static inline ssize_t sk_ret(ssize_t rc) { return rc == -1 ? -errno : rc; }

/* Runs `call` again for as long as a signal ends it early, and gives its result or -errno. */
#define SK_RETRY(call)                    \
  ({                                      \
    ssize_t rc_;                          \
    do {                                  \
      rc_ = (call);                       \
    } while (rc_ == -1 && errno == EINTR); \
    sk_ret(rc_);                          \
  })

/* Runs `call`, which sends with `flags_`: the flags and MSG_NOSIGNAL, so that a peer that has gone
 * is EPIPE, never SIGPIPE. RDS (EOPNOTSUPP) and QIPCRTR (EINVAL), which have no SIGPIPE, refuse flags
 * that they do not know, and are asked again without. */
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

/* Runs `call`, which receives with `flags_`: the flags and MSG_CMSG_CLOEXEC, so that no descriptor is
 * inherited by accident. Packet sockets and some of CAN's, which carry none, refuse flags that they
 * do not know, and are asked again without. */
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
