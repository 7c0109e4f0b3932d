#include "sys.h"

#include <signal.h>
#include <sys/sendfile.h>
#include <time.h>

#include "ret.h"

static bool is_sigpipe_pending(void) {
  sigset_t pending;
  return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

/* sendfile(2) has no MSG_NOSIGNAL, so SIGPIPE is blocked in this thread during the call, and the
 * one that the call raised is taken back: a peer that has gone is EPIPE, whatever the program
 * does with the signal. That is three more system calls, and each sendfile(2) may send some
 * megabytes. */
ssize_t sk_sendfile(int fd, int file, int64_t offset, size_t count) {
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  const bool was_pending = is_sigpipe_pending();
  /* On Linux sigprocmask(2) is for the calling thread alone; pthread_sigmask needs glibc 2.32. */
  sigprocmask(SIG_BLOCK, &pipe, &before);
  off_t from = offset;
  const ssize_t rc = SK_RETRY(sendfile(fd, file, &from, count));
  if (rc == -EPIPE && !was_pending) {
    const struct timespec at_once = {0};
    while (sigtimedwait(&pipe, NULL, &at_once) == -1 && errno == EINTR) continue;
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  return rc;
}
