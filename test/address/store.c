/* Preloaded: on a datagram socket bind keeps what it is given in a file, and getsockname gives
 * what is there. So the addresses of families that this kernel lacks go the whole way through a
 * program, and from one program to another. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a program's own pipes and streams are asked for is no concern of ours. */
static bool is_datagram(int fd) {
  int type = 0;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){sizeof type}) == 0 &&
         type == SOCK_DGRAM;
}

static int store(int flags) { return open(getenv("ADDRESS_STORE"), flags | O_CLOEXEC, 0600); }

int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t length) {
  if (!is_datagram(fd)) {
    int (*real)(int, __CONST_SOCKADDR_ARG, socklen_t) = dlsym(RTLD_NEXT, "bind");
    return real(fd, address, length);
  }
  const int file = store(O_WRONLY | O_CREAT | O_TRUNC);
  const ssize_t written = write(file, address.__sockaddr__, length);
  close(file);
  return written == (ssize_t)length ? 0 : -1;
}

int getsockname(int fd, __SOCKADDR_ARG address, socklen_t *restrict length) {
  if (!is_datagram(fd)) {
    int (*real)(int, __SOCKADDR_ARG, socklen_t *) = dlsym(RTLD_NEXT, "getsockname");
    return real(fd, address, length);
  }
  const int file = store(O_RDONLY);
  const ssize_t size = read(file, address.__sockaddr__, *length);
  close(file);
  if (size < 0) return -1;
  *length = (socklen_t)size;
  return 0;
}
