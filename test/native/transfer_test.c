#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

TEST(what_is_sent_arrives) {
  const pair both = unix_pair(SOCK_STREAM);
  char text[8] = "";
  EQUAL(sk_send(both.near, "hello", 5, 0), 5);
  EQUAL(sk_recv(both.far, text, sizeof text, MSG_PEEK, NULL), 5);
  EQUAL(sk_recv(both.far, text, 2, 0, NULL), 2);
  EQUAL(sk_recv(both.far, text + 2, 6, 0, NULL), 3);
  EQUAL(memcmp(text, "hello", 5), 0);
  EQUAL(sk_recv(both.far, text, 1, MSG_DONTWAIT, NULL), -EAGAIN);
  EQUAL(sk_close(both.near), 0);
  EQUAL(sk_recv(both.far, text, 1, 0, NULL), 0);
  EQUAL(sk_close(both.far), 0);
}

TEST(a_recv_of_no_bytes_takes_nothing_from_a_stream) {
  const pair both = unix_pair(SOCK_STREAM);
  char byte = 0;
  EQUAL(sk_send(both.near, "a", 1, 0), 1);
  EQUAL(sk_recv(both.far, &byte, 0, 0, NULL), 0);
  EQUAL(sk_recv(both.far, NULL, 0, 0, NULL), 0);
  EQUAL(sk_recv(both.far, &byte, 1, 0, NULL), 1);
  EQUAL(byte, 'a');
  close_pair(both);
}

TEST(a_recv_of_no_bytes_takes_a_whole_datagram) {
  const pair both = unix_pair(SOCK_DGRAM);
  char byte;
  EQUAL(sk_send(both.near, "abc", 3, 0), 3);
  EQUAL(sk_recv(both.far, &byte, 0, MSG_TRUNC, NULL), 3);
  EQUAL(sk_recv(both.far, &byte, 1, MSG_DONTWAIT, NULL), -EAGAIN);
  EQUAL(sk_send(both.near, NULL, 0, 0), 0); /* an empty datagram is a datagram all the same */
  EQUAL(sk_recv(both.far, &byte, 1, MSG_DONTWAIT, NULL), 0);
  EQUAL(sk_recv(both.far, &byte, 1, MSG_DONTWAIT, NULL), -EAGAIN);
  close_pair(both);
}

TEST(a_datagram_longer_than_the_buffer_is_cut_at_its_end) {
  const pair both = unix_pair(SOCK_DGRAM);
  char *text = malloc(2); /* AddressSanitizer guards the byte after it */
  EQUAL(sk_send(both.near, "abc", 3, 0), 3);
  EQUAL(sk_recv(both.far, text, 2, MSG_TRUNC, NULL), 3);
  EQUAL(memcmp(text, "ab", 2), 0);
  free(text);
  close_pair(both);
}

TEST(hostile_lengths_read_what_is_there) {
  needs_a_kernel();
  const pair both = unix_pair(SOCK_STREAM);
  static char bytes[4]; /* the stack may end less than 2 GiB below the end of all addresses */
  EQUAL(sk_send(both.near, "abc", 3, 0), 3);
  EQUAL(sk_recv(both.far, bytes, (size_t)INT32_MAX + 1, MSG_PEEK, NULL), 3);
  EQUAL(sk_recv(both.far, bytes, SIZE_MAX >> 1, 0, NULL), 3);
  EQUAL(sk_send(both.near, NULL, 1, 0), -EFAULT);
  EQUAL(sk_recv(both.far, bytes, 1, MSG_DONTWAIT, NULL), -EAGAIN);
  EQUAL(sk_recv(-1, bytes, 1, 0, NULL), -EBADF);
  EQUAL(sk_send(-1, bytes, 1, 0), -EBADF);
  EQUAL(sk_recv(both.far, bytes, 1, MSG_OOB, NULL), -EINVAL);
  close_pair(both);
}

TEST(a_peer_that_has_gone_is_epipe_and_no_signal) {
  EQUAL(sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_DFL}, NULL), 0);
  const pair both = unix_pair(SOCK_STREAM);
  uint8_t nowhere[SK_ADDRESS_MAX] = {0};
  EQUAL(sk_close(both.far), 0);
  EQUAL(sk_send(both.near, "a", 1, 0), -EPIPE);
  EQUAL(sk_sendto(both.near, "a", 1, 0, nowhere, 0), -EPIPE);
  EQUAL(sk_close(both.near), 0);
}

static pair link_of_handler;
static void send_a_byte(void) {
  if (write(link_of_handler.near, "x", 1) != 1) abort();
}

TEST(recv_goes_on_after_signals) {
  for (int way = 0; way < 3; way++) {
    char byte = 0;
    bool stopped;
    sk_slice into = {(uint8_t *)&byte, 1};
    sk_message message = {.slices = &into, .count = 1};
    link_of_handler = unix_pair(SOCK_STREAM);
    const int fd = link_of_handler.far;
    interrupt(5, send_a_byte);
    EQUAL(way == 0   ? sk_recv(fd, &byte, 1, 0, NULL)
          : way == 1 ? sk_recv_unix(fd, &byte, 1, 0, &stopped)
                     : sk_recvmsg(fd, &message), 1);
    stop_interrupting();
    EQUAL(byte, 'x');
    CHECK(interruptions() >= 5);
    close_pair(link_of_handler);
  }
}

TEST(recvfrom_goes_on_after_signals) {
  char byte = 0;
  uint8_t address[SK_ADDRESS_MAX];
  uint32_t length = 0;
  link_of_handler = unix_pair(SOCK_DGRAM);
  interrupt(5, send_a_byte);
  EQUAL(sk_recvfrom(link_of_handler.far, &byte, 1, 0, NULL, address, &length), 1);
  stop_interrupting();
  CHECK(interruptions() >= 5);
  EQUAL(byte, 'x');
  EQUAL(length, 0); /* the peer has no name */
  close_pair(link_of_handler);
}

static char drained[64 * 1024];
static void drain(void) {
  while (recv(link_of_handler.far, drained, sizeof drained, MSG_DONTWAIT) > 0) continue;
}

static ssize_t send_a_file(int fd) {
  FILE *file = tmpfile();
  CHECK(file != NULL);
  fputs("x", file);
  fflush(file);
  const ssize_t rc = sk_sendfile(fd, fileno(file), 0, 1);
  fclose(file);
  return rc;
}

TEST(send_goes_on_after_signals) {
  const sk_slice byte = {(uint8_t *)"x", 1};
  const sk_message message = {.slices = &byte, .count = 1};
  for (int way = 0; way < 5; way++) {
    link_of_handler = unix_pair(way == 1 ? SOCK_DGRAM : SOCK_STREAM);
    const int fd = link_of_handler.near;
    while (sk_send(fd, "0123456789", 10, MSG_DONTWAIT) > 0) continue;
    interrupt(5, drain);
    EQUAL(way < 2    ? sk_send(fd, "x", 1, 0)
          : way == 2 ? sk_sendto(fd, "x", 1, 0, NULL, 0)
          : way == 3 ? sk_sendmsg(fd, &message)
                     : send_a_file(fd), 1);
    stop_interrupting();
    CHECK(interruptions() >= 5);
    close_pair(link_of_handler);
  }
}

TEST(sendto_and_recvfrom_carry_addresses) {
  struct sockaddr_in one, two;
  const pair both = {bound_datagram_socket(&one), bound_datagram_socket(&two)};
  uint8_t from[SK_ADDRESS_MAX];
  uint32_t length = 0;
  char text[4];
  EQUAL(sk_sendto(both.near, "hey", 3, 0, (const uint8_t *)&two, sizeof two), 3);
  EQUAL(sk_recvfrom(both.far, text, sizeof text, 0, NULL, from, &length), 3);
  EQUAL(length, sizeof one);
  EQUAL(memcmp(from, &one, sizeof one), 0);
  EQUAL(sk_sendto(both.near, "hey", 3, 0, (const uint8_t *)&two, UINT32_MAX), -EINVAL);
  EQUAL(sk_sendto(both.near, "hey", 3, 0, NULL, 0), -EDESTADDRREQ);
  close_pair(both);
}

TEST(a_connected_stream_names_nobody) {
  const listener server = tcp_listener(1);
  const int client = tcp_client(&server);
  uint8_t from[SK_ADDRESS_MAX];
  uint32_t length = 1;
  const int fd = sk_accept(server.fd, from, &length, false);
  char byte;
  EQUAL(sk_send(client, "a", 1, 0), 1);
  EQUAL(sk_recvfrom(fd, &byte, 1, 0, NULL, from, &length), 1);
  EQUAL(length, 0);
  close_pair((pair){fd, client});
  EQUAL(sk_close(server.fd), 0);
}

TEST(a_reset_is_econnreset) {
  const listener server = tcp_listener(1);
  const int client = tcp_client(&server);
  uint8_t from[SK_ADDRESS_MAX];
  uint32_t length;
  const int fd = sk_accept(server.fd, from, &length, false);
  const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  char byte;
  EQUAL(sk_setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  EQUAL(sk_close(client), 0);
  EQUAL(sk_recv(fd, &byte, 1, 0, NULL), -ECONNRESET);
  EQUAL(sk_send(fd, "a", 1, 0), -EPIPE);
  close_pair((pair){fd, server.fd});
}
