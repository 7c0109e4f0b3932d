#include "sys.h"

#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>

#include "ret.h"

/* For SO_GET_FILTER (the same number as SO_ATTACH_FILTER) the kernel counts the length in
 * instructions: given bytes, it could write eight times as much as there is room for. */
static socklen_t length_unit(int level, int name) {
  return level == SOL_SOCKET && name == SO_GET_FILTER ? sizeof(struct sock_filter) : 1;
}

int sk_getsockopt(int fd, int level, int name, void *value, uint32_t *length) {
  const socklen_t unit = length_unit(level, name);
  socklen_t size = *length / unit;
  const int rc = (int)sk_ret(getsockopt(fd, level, name, value, &size));
  *length = size * unit;
  return rc;
}

int sk_setsockopt(int fd, int level, int name, const void *value, uint32_t length) {
  return (int)sk_ret(setsockopt(fd, level, name, value, length));
}

int sk_setsockopt_filter(int fd, int level, int name, uint8_t *program, uint32_t length) {
  if (length % sizeof(struct sock_filter) != 0) return -EINVAL;
  const uint32_t count = length / sizeof(struct sock_filter);
  if (count > BPF_MAXINSNS) return -EINVAL;
  /* struct sock_fprog has no const; the kernel only reads. */
  const struct sock_fprog filter = {.len = (unsigned short)count, .filter = (void *)program};
  return (int)sk_ret(setsockopt(fd, level, name, &filter, sizeof filter));
}
