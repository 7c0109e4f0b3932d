#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

/* An int that is set is read, whole. */
static void set_and_read(int fd, int level, int name) {
  int value = 1;
  uint32_t length = sizeof value;
  EQUAL(sk_setsockopt(fd, level, name, &value, sizeof value), 0);
  value = 0;
  EQUAL(sk_getsockopt(fd, level, name, &value, &length), 0);
  EQUAL(value, 1);
  EQUAL(length, sizeof value);
}

TEST(options_are_set_and_read) {
  const int fd = sk_socket(AF_INET, SOCK_STREAM, 0);
  set_and_read(fd, SOL_SOCKET, SO_KEEPALIVE);
  EQUAL(sk_close(fd), 0);
}

TEST(getsockopt_says_how_much_it_wrote_and_writes_no_more) {
  needs_a_kernel();
  const int fd = sk_socket(AF_INET, SOCK_STREAM, 0);
  uint8_t bytes[8];
  uint32_t length = sizeof bytes;
  memset(bytes, 0xee, sizeof bytes);
  EQUAL(sk_getsockopt(fd, SOL_SOCKET, SO_TYPE, bytes, &length), 0);
  EQUAL(length, sizeof(int));
  EQUAL(bytes[4], 0xee);
  length = 2;
  memset(bytes, 0xee, sizeof bytes);
  EQUAL(sk_getsockopt(fd, SOL_SOCKET, SO_TYPE, bytes, &length), 0);
  EQUAL(length, 2);
  EQUAL(bytes[2], 0xee);
  length = 0;
  EQUAL(sk_getsockopt(fd, SOL_SOCKET, SO_TYPE, NULL, &length), 0);
  EQUAL(length, 0);
  EQUAL(sk_close(fd), 0);
}

TEST(hostile_options_are_errors) {
  needs_a_kernel();
  const int fd = sk_socket(AF_INET, SOCK_STREAM, 0);
  int value = 1;
  uint32_t length = UINT32_MAX; /* as a socklen_t, which the kernel takes for an int: -1 */
  EQUAL(sk_getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length), -EINVAL);
  EQUAL(sk_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, UINT32_MAX), -EINVAL);
  EQUAL(sk_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 1), -EINVAL);
  EQUAL(sk_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, NULL, sizeof value), -EFAULT);
  EQUAL(sk_setsockopt(fd, SOL_SOCKET, 0x7fffffff, &value, sizeof value), -ENOPROTOOPT);
  EQUAL(sk_setsockopt(fd, -1, SO_KEEPALIVE, &value, sizeof value), -ENOPROTOOPT);
  EQUAL(sk_close(fd), 0);
}

TEST(a_descriptor_that_is_no_socket_is_enotsock_and_a_bad_one_ebadf) {
  int fds[2], value;
  uint32_t length = sizeof value;
  EQUAL(pipe(fds), 0);
  EQUAL(sk_getsockopt(fds[0], SOL_SOCKET, SO_TYPE, &value, &length), -ENOTSOCK);
  EQUAL(sk_getsockopt(-1, SOL_SOCKET, SO_TYPE, &value, &length), -EBADF);
  close_pair((pair){fds[0], fds[1]});
}

TEST(a_filter_is_set_from_bytes_and_read_into_bytes) {
  needs_a_kernel();
  const int fd = sk_socket(AF_INET, SOCK_DGRAM, 0);
  struct sock_filter program[4] = {{BPF_LD | BPF_IMM, 0, 0, 1},
                                   {BPF_LD | BPF_IMM, 0, 0, 2},
                                   {BPF_LD | BPF_IMM, 0, 0, 3},
                                   {BPF_RET | BPF_K, 0, 0, 0}};
  EQUAL(sk_setsockopt_filter(fd, SOL_SOCKET, SO_ATTACH_FILTER, (void *)program, sizeof program), 0);
  struct sock_filter got[5];
  uint32_t length = sizeof got;
  memset(got, 0xee, sizeof got);
  EQUAL(sk_getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, got, &length), 0);
  EQUAL(length, sizeof program);
  EQUAL(memcmp(got, program, sizeof program), 0);
  EQUAL(got[4].code, 0xeeee);
  /* Room for 16 bytes is not room for 16 instructions. */
  length = 16;
  memset(got, 0xee, sizeof got);
  EQUAL(sk_getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, got, &length), -EINVAL);
  EQUAL(got[0].code, 0xeeee);
  EQUAL(sk_close(fd), 0);
}

TEST(an_option_of_another_level_with_the_filter_s_number_is_read_in_bytes) {
  const int fd = sk_socket(AF_INET6, SOCK_DGRAM, 0);
  if (fd < 0) tap_skip("IPv6");
  EQUAL(IPV6_V6ONLY, SO_GET_FILTER);
  set_and_read(fd, IPPROTO_IPV6, IPV6_V6ONLY);
  EQUAL(sk_close(fd), 0);
}

TEST(a_filter_of_a_wrong_length_is_einval) {
  needs_a_kernel();
  const int fd = sk_socket(AF_INET, SOCK_DGRAM, 0);
  static uint8_t program[(BPF_MAXINSNS + 1) * sizeof(struct sock_filter)];
  const int option = SO_ATTACH_FILTER;
  const struct sock_filter last = {BPF_RET | BPF_K, 0, 0, 0};
  memcpy(program, &last, sizeof last);
  EQUAL(sk_setsockopt_filter(fd, SOL_SOCKET, option, program, 7), -EINVAL);
  EQUAL(sk_setsockopt_filter(fd, SOL_SOCKET, option, program, 15), -EINVAL);
  EQUAL(sk_setsockopt_filter(fd, SOL_SOCKET, option, program, 65537 * 8), -EINVAL);
  EQUAL(sk_setsockopt_filter(fd, SOL_SOCKET, option, program, 0), -EINVAL);
  EQUAL(sk_setsockopt_filter(fd, SOL_SOCKET, option, program, sizeof program), -EINVAL);
  EQUAL(sk_setsockopt_filter(fd, SOL_SOCKET, option, program, UINT32_MAX), -EINVAL);
  EQUAL(sk_setsockopt_filter(-1, SOL_SOCKET, option, program, 8), -EBADF);
  EQUAL(sk_close(fd), 0);
}
