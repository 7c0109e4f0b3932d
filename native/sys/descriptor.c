#include "sys.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ret.h"

/* Not retried: Linux frees the number before close(2) can say EINTR, and a second call could
 * close somebody else's descriptor. */
int sk_close(int fd) {
  const int rc = (int)sk_ret(close(fd));
  return rc == -EINTR ? 0 : rc;
}

int sk_dup(int fd) { return (int)sk_ret(fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

/* ioctl(FIONBIO) is one call where fcntl(2) needs two. */
int sk_set_nonblock(int fd, bool nonblock) {
  int flag = nonblock;
  return (int)sk_ret(ioctl(fd, FIONBIO, &flag));
}

int sk_get_nonblock(int fd) {
  const int rc = (int)sk_ret(fcntl(fd, F_GETFL));
  return rc < 0 ? rc : (rc & O_NONBLOCK) != 0;
}

int sk_at_mark(int fd) {
  int at_mark = 0;
  const int rc = (int)sk_ret(ioctl(fd, SIOCATMARK, &at_mark));
  return rc < 0 ? rc : at_mark != 0;
}

int sk_set_inheritable(int fd, bool inheritable) {
  return (int)sk_ret(ioctl(fd, inheritable ? FIONCLEX : FIOCLEX));
}

int sk_get_inheritable(int fd) {
  const int rc = (int)sk_ret(fcntl(fd, F_GETFD));
  return rc < 0 ? rc : (rc & FD_CLOEXEC) == 0;
}
