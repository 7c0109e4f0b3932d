#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include "support.h"

static sk_ring *make_ring(void) {
  sk_ring *ring = NULL;
  const int rc = sk_ring_create(&ring);
  if (rc == -ENOSYS || rc == -EPERM || rc == -EINVAL) tap_skip("io_uring, of Linux 6.0");
  EQUAL(rc, 0);
  return ring;
}

static sk_call a_send(int fd, const char *text) { return call_of(fd, true, text, strlen(text)); }

static sk_call a_recv(int fd, void *into, size_t size) { return call_of(fd, false, into, size); }

TEST(calls_of_a_ring_are_all_made_when_it_is_back) {
  static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
  sk_ring *ring = make_ring();
  for (int i = 0; i < 3; i++) {
    pair pairs[SK_CALLS_MAX];
    sk_call calls[SK_CALLS_MAX];
    char texts[SK_CALLS_MAX][2];
    for (int n = 0; n < SK_CALLS_MAX; n++) pairs[n] = unix_pair(types[i]);
    /* Often enough for the ring's indices to wrap. */
    for (int round = 0; round < 5; round++) {
      const int count = round == 4 ? 1 : SK_CALLS_MAX - round;
      for (int n = 0; n < count; n++) {
        texts[n][0] = (char)(n + round);
        calls[n] = call_of(pairs[n].near, true, texts[n], 1);
      }
      CHECK(sk_ring_make(ring, calls, count));
      for (int n = 0; n < count; n++) EQUAL(calls[n].rc, 1);
      memset(texts, 0, sizeof texts);
      for (int n = 0; n < count; n++) calls[n] = a_recv(pairs[n].far, texts[n], 2);
      CHECK(sk_ring_make(ring, calls, count));
      for (int n = 0; n < count; n++) {
        EQUAL(calls[n].rc, 1);
        EQUAL(texts[n][0], n + round);
      }
    }
    for (int n = 0; n < SK_CALLS_MAX; n++) close_pair(pairs[n]);
  }
  sk_ring_destroy(ring);
}

TEST(calls_of_a_ring_are_made_in_their_order) {
  sk_ring *ring = make_ring();
  const pair both = unix_pair(SOCK_STREAM);
  char first[4] = "", second[8] = "";
  const sk_slice parts[] = {{(uint8_t *)"on", 2}, {(uint8_t *)"e ", 2}};
  sk_call calls[] = {{.fd = both.near, .sends = true, .slices = parts, .count = 2}, a_send(both.near, "two"),
                          a_recv(both.far, first, 3), a_recv(both.far, second, sizeof second)};
  CHECK(sk_ring_make(ring, calls, 4));
  EQUAL(calls[0].rc, 4);
  EQUAL(calls[1].rc, 3);
  EQUAL(strcmp(first, "one"), 0);
  EQUAL(strcmp(second, " two"), 0);
  close_pair(both);
  sk_ring_destroy(ring);
}

TEST(a_call_of_a_ring_does_not_wait) {
  sk_ring *ring = make_ring();
  const pair both = unix_pair(SOCK_STREAM); /* blocking */
  static char large[4 * 1024 * 1024];
  char byte;
  sk_call calls[] = {
      a_recv(both.far, &byte, 1),
      call_of(both.near, true, large, sizeof large),
      a_send(both.near, "no room"),
  };
  CHECK(sk_ring_make(ring, calls, 3));
  EQUAL(calls[0].rc, -EAGAIN);
  CHECK(calls[1].rc > 0 && calls[1].rc < (int)sizeof large);
  EQUAL(calls[2].rc, -EAGAIN);
  /* Nor is anything sent after sk_ring_make has returned. */
  for (long left = calls[1].rc; left > 0;) {
    left -= sk_recv(both.far, large, sizeof large, MSG_DONTWAIT, NULL);
  }
  EQUAL(sk_recv(both.far, &byte, 1, MSG_DONTWAIT, NULL), -EAGAIN);
  close_pair(both);
  sk_ring_destroy(ring);
}

TEST(errors_of_a_ring_are_those_of_the_call) {
  EQUAL(sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_DFL}, NULL), 0);
  sk_ring *ring = make_ring();
  const pair both = unix_pair(SOCK_STREAM);
  const int file = open("/dev/null", O_RDWR | O_CLOEXEC);
  char byte = 0;
  EQUAL(sk_close(both.far), 0);
  sk_call calls[] = {
      a_send(both.near, "x"), a_send(-1, "x"), a_send(file, "x"),
      a_recv(both.near, &byte, 1), a_recv(-1, &byte, 1), a_recv(both.near, NULL, 1),
      call_of(both.near, true, NULL, 1),
  };
  CHECK(sk_ring_make(ring, calls, 7));
  EQUAL(calls[0].rc, -EPIPE);
  EQUAL(calls[1].rc, -EBADF);
  EQUAL(calls[2].rc, -ENOTSOCK);
  EQUAL(calls[3].rc, 0);
  EQUAL(calls[4].rc, -EBADF);
  EQUAL(calls[5].rc, 0);
  EQUAL(calls[6].rc, -EPIPE);
  EQUAL(sk_close(both.near), 0);
  EQUAL(sk_close(file), 0);
  sk_ring_destroy(ring);
}

TEST(what_is_refused_is_to_be_made_by_itself_and_holds_up_no_other) {
  sk_ring *ring = make_ring();
  const pair both = unix_pair(SOCK_SEQPACKET);
  char byte = 0;
  sk_call calls[] = {a_send(both.near, "x"), a_send(both.near, "y"), a_send(both.near, "z")};
  for (int round = 0; round < 2; round++) {
    if (round == 0) calls[1].flags = MSG_OOB; /* EOPNOTSUPP */
    else calls[1].count = SK_SLICES_MAX + 1;  /* refused before any is made */
    CHECK(sk_ring_make(ring, calls, 3));
    EQUAL(calls[0].rc, 1);
    EQUAL(calls[1].rc, round == 0 ? SK_NOT_MADE : -EMSGSIZE);
    EQUAL(calls[2].rc, 1);
    EQUAL(sk_recv(both.far, &byte, 1, 0, NULL), 1);
    EQUAL(byte, 'x');
    EQUAL(sk_recv(both.far, &byte, 1, 0, NULL), 1);
    EQUAL(byte, 'z');
  }
  close_pair(both);
  sk_ring_destroy(ring);
}

TEST(datagrams_of_a_ring_carry_addresses) {
  sk_ring *ring = make_ring();
  struct sockaddr_in here, there;
  const pair both = {bound_datagram_socket(&here), bound_datagram_socket(&there)};
  uint8_t from[SK_ADDRESS_MAX];
  char text[4] = "";
  const sk_slice parts[] = {{(uint8_t *)text, 2}, {(uint8_t *)text + 2, 1}};
  sk_call calls[] = {a_send(both.near, "hey"), {.fd = both.far, .slices = parts, .count = 2}};
  calls[0].address = (uint8_t *)&there;
  calls[0].address_length = sizeof there;
  calls[1].address = from;
  calls[1].address_length = sizeof from;
  CHECK(sk_ring_make(ring, calls, 2));
  EQUAL(calls[0].rc, 3);
  EQUAL(calls[1].rc, 3);
  EQUAL(strcmp(text, "hey"), 0);
  EQUAL(calls[1].address_length, sizeof here);
  EQUAL(memcmp(from, &here, sizeof here), 0);
  there.sin_port = 0; /* EINVAL */
  CHECK(sk_ring_make(ring, calls, 1));
  EQUAL(calls[0].rc, SK_NOT_MADE);
  close_pair(both);
  sk_ring_destroy(ring);
}

TEST(a_ring_says_where_a_unix_stream_stops_and_keeps_no_descriptor) {
  sk_ring *ring = make_ring();
  const pair both = unix_pair(SOCK_STREAM);
  const int before = dup(both.near);
  char room[CMSG_SPACE(sizeof(int))] = "", text[8];
  struct iovec bytes = {"with", 4};
  struct msghdr header = {
      .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  *CMSG_FIRSTHDR(&header) = (struct cmsghdr){
      .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(CMSG_FIRSTHDR(&header)), &both.near, sizeof(int));
  EQUAL(sendmsg(both.near, &header, 0), 4);
  EQUAL(sk_send(both.near, "out", 3, 0), 3);
  sk_call calls[] = {a_recv(both.far, text, 8), a_recv(both.far, text, 8)};
  CHECK(sk_ring_make(ring, calls, 2));
  EQUAL(calls[0].rc, 4);
  EQUAL(calls[0].stopped, true);
  EQUAL(calls[1].rc, 3);
  EQUAL(calls[1].stopped, false);
  EQUAL(dup(both.near), before + 1); /* the lowest free number */
  EQUAL(close(before), 0);
  EQUAL(close(before + 1), 0);
  close_pair(both);
  sk_ring_destroy(ring);
}

TEST(a_ring_that_is_gone_makes_nothing_and_says_so) {
  const int lowest = dup(0);
  EQUAL(close(lowest), 0);
  sk_ring *ring = make_ring();
  EQUAL(fcntl(lowest, F_GETFD), FD_CLOEXEC);
  const pair both = unix_pair(SOCK_STREAM);
  char byte;
  sk_call calls[] = {a_send(both.near, "x"), a_send(both.near, "y")};
  EQUAL(dup2(both.far, lowest), lowest);
  CHECK(!sk_ring_make(ring, calls, 2));
  EQUAL(calls[0].rc, SK_NOT_MADE);
  EQUAL(calls[1].rc, SK_NOT_MADE);
  EQUAL(sk_recv(both.far, &byte, 1, MSG_DONTWAIT, NULL), -EAGAIN);
  sk_ring_destroy(ring);
  EQUAL(fcntl(lowest, F_GETFD), -1);
  close_pair(both);
}

static int mappings_of_rings(void) {
  char line[512];
  int count = 0;
  FILE *maps = fopen("/proc/self/maps", "re");
  while (fgets(line, sizeof line, maps) != NULL) count += strstr(line, "[io_uring]") != NULL;
  fclose(maps);
  return count;
}

TEST(the_end_of_a_ring_leaves_nothing_behind) {
  const int lowest = dup(0);
  EQUAL(close(lowest), 0);
  for (int i = 0; i < 100; i++) sk_ring_destroy(make_ring());
  sk_ring_destroy(NULL);
  EQUAL(mappings_of_rings(), 0);
  struct rlimit limit;
  EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const struct rlimit full = {(rlim_t)lowest, limit.rlim_max};
  EQUAL(setrlimit(RLIMIT_NOFILE, &full), 0);
  EQUAL(sk_ring_create(&(sk_ring *){NULL}), -EMFILE);
  EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EQUAL(dup(0), lowest);
  EQUAL(close(lowest), 0);
}
