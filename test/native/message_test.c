#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support.h"

static sk_message message_of(sk_slice *slices, size_t count) {
  return (sk_message){.slices = slices, .count = count};
}

TEST(a_message_gathers_and_scatters) {
  const pair both = unix_pair(SOCK_DGRAM);
  sk_slice out[] = {{(uint8_t *)"he", 2}, {NULL, 0}, {(uint8_t *)"llo", 3}};
  const sk_message sent = message_of(out, 3);
  EQUAL(sk_sendmsg(both.near, &sent), 5);
  uint8_t *one = malloc(1), *rest = malloc(4); /* AddressSanitizer guards what lies after them */
  sk_slice in[] = {{one, 1}, {rest, 4}};
  sk_message got = message_of(in, 2);
  EQUAL(sk_recvmsg(both.far, &got), 5);
  EQUAL(one[0], 'h');
  EQUAL(memcmp(rest, "ello", 4), 0);
  EQUAL(got.flags, 0);
  EQUAL(got.control_length, 0);
  got = message_of(in, 1);
  EQUAL(sk_sendmsg(both.near, &sent), 5);
  EQUAL(sk_recvmsg(both.far, &got), 1);
  EQUAL(got.flags, MSG_TRUNC);
  got.flags = MSG_DONTWAIT;
  EQUAL(sk_recvmsg(both.far, &got), -EAGAIN);
  free(one);
  free(rest);
  close_pair(both);
}

/* A message of one byte that carries `count` descriptors of standard input. */
static void send_descriptors(int fd, size_t count) {
  uint8_t *control = calloc(1, CMSG_SPACE(count * sizeof(int)));
  struct cmsghdr *header = (struct cmsghdr *)control;
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(count * sizeof(int));
  sk_slice byte = {(uint8_t *)"x", 1};
  sk_message message = message_of(&byte, 1);
  message.control = control;
  message.control_length = CMSG_SPACE(count * sizeof(int));
  EQUAL(sk_sendmsg(fd, &message), 1);
  free(control);
}

TEST(a_plain_read_says_where_it_stopped_at_descriptors) {
  needs_a_kernel();
  const pair both = unix_pair(SOCK_STREAM);
  char text[8] = "";
  bool stopped = true;
  EQUAL(sk_send(both.near, "a", 1, 0), 1);
  EQUAL(sk_recv_unix(both.far, text, sizeof text, 0, &stopped), 1);
  EQUAL(stopped, false);
  EQUAL(sk_send(both.near, "b", 1, 0), 1);
  send_descriptors(both.near, 1);
  EQUAL(sk_send(both.near, "c", 1, 0), 1);
  EQUAL(sk_recv_unix_now(both.far, text, sizeof text, &stopped), 2);
  EQUAL(stopped, true);
  EQUAL(sk_recv_unix_now(both.far, text, sizeof text, &stopped), 1);
  EQUAL(stopped, false);
  EQUAL(sk_recv_unix_now(both.far, text, sizeof text, &stopped), -EAGAIN);
  EQUAL(sk_close(both.near), 0);
  EQUAL(sk_recv_unix(both.far, text, sizeof text, 0, &stopped), 0);
  EQUAL(sk_close(both.far), 0);
}

TEST(a_read_fills_one_slice_behind_the_other) {
  needs_a_kernel();
  const pair both = unix_pair(SOCK_STREAM);
  uint8_t first[3] = "", second[8] = "";
  const sk_slice slices[] = {{first, sizeof first}, {second, sizeof second}};
  bool stopped = true;
  EQUAL(sk_recv_slices_now(both.far, slices, 2, &stopped), -EAGAIN);
  EQUAL(sk_send(both.near, "abcde", 5, 0), 5);
  EQUAL(sk_recv_slices_now(both.far, slices, 2, &stopped), 5);
  EQUAL(stopped, false);
  EQUAL(memcmp(first, "abc", 3), 0);
  EQUAL(memcmp(second, "de\0", 3), 0);
  send_descriptors(both.near, 1);
  EQUAL(sk_recv_slices_now(both.far, slices, 1, &stopped), 1);
  EQUAL(stopped, true);
  EQUAL(first[0], 'x');
  EQUAL(sk_close(both.near), 0);
  EQUAL(sk_close(both.far), 0);
}

TEST(descriptors_are_close_on_exec_and_as_many_as_there_is_room_for) {
  needs_a_kernel();
  const pair both = unix_pair(SOCK_STREAM);
  for (size_t room = 0; room <= CMSG_SPACE(3 * sizeof(int)); room++) {
    send_descriptors(both.near, 3);
    uint8_t *control = malloc(room + 1), byte;
    sk_slice in = {&byte, 1};
    sk_message got = message_of(&in, 1);
    got.control = control;
    got.control_length = room;
    EQUAL(sk_recvmsg(both.far, &got), 1);
    const size_t fit = room < CMSG_LEN(0) ? 0 : (room - CMSG_LEN(0)) / sizeof(int);
    const size_t count = fit < 3 ? fit : 3;
    EQUAL(got.flags, count < 3 ? MSG_CTRUNC : 0);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, control + CMSG_LEN(i * sizeof(int)), sizeof fd);
      EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
      EQUAL(sk_close(fd), 0);
    }
    free(control);
  }
  close_pair(both);
}

TEST(the_flag_that_was_not_asked_for_does_not_come_back) {
  const pair both = unix_pair(SOCK_STREAM);
  uint8_t byte;
  sk_slice in = {&byte, 1};
  EQUAL(sk_send(both.near, "ab", 2, 0), 2);
  sk_message got = message_of(&in, 1);
  EQUAL(sk_recvmsg(both.far, &got), 1);
  EQUAL(got.flags, 0);
  got.flags = MSG_CMSG_CLOEXEC;
  EQUAL(sk_recvmsg(both.far, &got), 1);
  EQUAL(got.flags, MSG_CMSG_CLOEXEC);
  close_pair(both);
}

TEST(a_message_to_a_closed_peer_is_epipe_and_no_signal) {
  const pair both = unix_pair(SOCK_STREAM);
  EQUAL(sk_close(both.far), 0);
  signal(SIGPIPE, SIG_DFL);
  sk_slice out = {(uint8_t *)"x", 1};
  const sk_message sent = message_of(&out, 1);
  EQUAL(sk_sendmsg(both.near, &sent), -EPIPE);
  EQUAL(sk_close(both.near), 0);
}

TEST(a_file_is_sent_from_an_offset_and_its_position_stays) {
  const pair both = unix_pair(SOCK_STREAM);
  FILE *file = tmpfile();
  fputs("0123456789", file);
  fflush(file);
  const int from = fileno(file);
  const off_t before = lseek(from, 0, SEEK_CUR);
  char text[16] = "";
  EQUAL(sk_sendfile(both.near, from, 7, 100), 3);
  EQUAL(sk_recv(both.far, text, sizeof text, 0, NULL), 3);
  EQUAL(memcmp(text, "789", 3), 0);
  EQUAL(sk_sendfile(both.near, from, 10, 1), 0);
  EQUAL(lseek(from, 0, SEEK_CUR), before);
  EQUAL(sk_sendfile(both.near, -1, 0, 1), -EBADF);
  fclose(file);
  close_pair(both);
}

TEST(a_file_to_a_closed_peer_is_epipe_and_leaves_no_signal) {
  const pair both = unix_pair(SOCK_STREAM);
  FILE *file = tmpfile();
  fputs("x", file);
  fflush(file);
  EQUAL(sk_close(both.far), 0);
  signal(SIGPIPE, SIG_DFL);
  EQUAL(sk_sendfile(both.near, fileno(file), 0, 1), -EPIPE);
  sigset_t mask;
  EQUAL(sigpending(&mask), 0);
  EQUAL(sigismember(&mask, SIGPIPE), 0);
  EQUAL(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
  EQUAL(sigismember(&mask, SIGPIPE), 0);
  fclose(file);
  EQUAL(sk_close(both.near), 0);
}

TEST(a_packet_socket_receives_messages_though_it_refuses_flags_of_descriptors) {
  needs_a_kernel();
  const int tap = sk_socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
  if (tap == -EPERM || tap == -EAFNOSUPPORT) tap_skip("no packet sockets");
  uint8_t byte;
  sk_slice in = {&byte, 1};
  sk_message got = message_of(&in, 1);
  got.flags = MSG_DONTWAIT;
  const ssize_t rc = sk_recvmsg(tap, &got);
  EQUAL(rc >= 0 || rc == -EAGAIN, 1);
  EQUAL(sk_close(tap), 0);
}
