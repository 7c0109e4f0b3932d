#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "support.h"

static sk_datagram rows[SK_BATCH_MAX];

static void send_all(int fd, const char *const *texts, int count) {
  sk_slice slices[SK_BATCH_MAX];
  for (int i = 0; i < count; i++) {
    slices[i] = (sk_slice){(uint8_t *)texts[i], strlen(texts[i])};
    rows[i].address_length = i == 0 ? 0 : SK_SAME;
    rows[i].control_length = 0;
  }
  EQUAL(sk_sendmmsg(fd, rows, slices, count, NULL, 0), count);
}

TEST(datagrams_come_in_one_call_and_stand_together) {
  const pair both = unix_pair(SOCK_DGRAM);
  static const char *const texts[] = {"one", "three and more", "", "4"};
  send_all(both.near, texts, 4);
  enum { SIZE = 10, SLOTS = 5 };
  uint8_t *memory = malloc(SLOTS * sk_batch_slot(SIZE)); /* not a byte more than the slots need */
  const sk_batch batch = {.rows = rows, .count = SLOTS, .memory = memory, .size = SIZE};
  EQUAL(sk_recvmmsg(both.far, &batch, 0), 4);
  static const int lengths[] = {3, 10, 0, 1}, offsets[] = {0, 8, 24, 24};
  for (int i = 0; i < 4; i++) {
    EQUAL(rows[i].length, lengths[i]);
    EQUAL(rows[i].offset, offsets[i]);
    EQUAL(rows[i].flags, i == 1 ? MSG_TRUNC : 0);
    EQUAL(rows[i].control_length, 0);
    EQUAL(memcmp(memory + offsets[i], texts[i], (size_t)lengths[i]), 0);
  }
  EQUAL(sk_recvmmsg(both.far, &batch, MSG_DONTWAIT), -EAGAIN);
  free(memory);
  close_pair(both);
}

TEST(datagrams_stay_in_their_slots_where_they_are_to) {
  const pair both = unix_pair(SOCK_DGRAM);
  static const char *const texts[] = {"one", "", "three"};
  send_all(both.near, texts, 3);
  uint8_t memory[3 * 16];
  const sk_batch batch = {
      .rows = rows, .count = 3, .memory = memory, .size = 10, .stays = true};
  EQUAL(sk_recvmmsg(both.far, &batch, 0), 3);
  for (int i = 0; i < 3; i++) {
    EQUAL(rows[i].offset, i * 16);
    EQUAL(rows[i].length, (int)strlen(texts[i]));
    EQUAL(memcmp(memory + rows[i].offset, texts[i], strlen(texts[i])), 0);
  }
  close_pair(both);
}

TEST(a_datagram_of_a_batch_has_its_whole_address) {
  const pair both = unix_pair(SOCK_DGRAM);
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  memset(name.sun_path + 1, 'n', sizeof name.sun_path - 1); /* as long as they are, and abstract */
  EQUAL(sk_bind(both.near, (const uint8_t *)&name, sizeof name), 0);
  static const char *const texts[] = {"one"};
  send_all(both.near, texts, 1);
  uint8_t memory[8];
  const sk_batch batch = {.rows = rows, .count = 1, .memory = memory, .size = 8};
  EQUAL(sk_recvmmsg(both.far, &batch, 0), 1);
  EQUAL(rows[0].address_length, sizeof name);
  EQUAL(memcmp(rows[0].address, &name, sizeof name), 0);
  close_pair(both);
}

TEST(a_batch_of_no_bytes_each_needs_no_memory) {
  const pair both = unix_pair(SOCK_DGRAM);
  static const char *const texts[] = {"one", "two"};
  send_all(both.near, texts, 2);
  const sk_batch batch = {.rows = rows, .count = 2};
  EQUAL(sk_recvmmsg(both.far, &batch, MSG_TRUNC), 2);
  EQUAL(rows[0].length + rows[1].length, 0);
  close_pair(both);
}

TEST(a_full_batch_arrives_in_order) {
  const pair both = unix_pair(SOCK_SEQPACKET);
  char text[SK_BATCH_MAX];
  sk_slice slices[SK_BATCH_MAX];
  for (int i = 0; i < SK_BATCH_MAX; i++) {
    text[i] = (char)i;
    slices[i] = (sk_slice){(uint8_t *)&text[i], 1};
    rows[i] = (sk_datagram){0};
  }
  EQUAL(sk_sendmmsg(both.near, rows, slices, SK_BATCH_MAX, NULL, 0), SK_BATCH_MAX);
  uint8_t *memory = malloc(SK_BATCH_MAX * sk_batch_slot(100));
  const sk_batch batch = {.rows = rows, .count = SK_BATCH_MAX, .memory = memory, .size = 100};
  EQUAL(sk_recvmmsg(both.far, &batch, 0), SK_BATCH_MAX);
  for (int i = 0; i < SK_BATCH_MAX; i++) EQUAL(memory[rows[i].offset], i);
  free(memory);
  close_pair(both);
}

TEST(each_datagram_has_its_own_control_messages) {
  needs_a_kernel();
  const pair both = unix_pair(SOCK_DGRAM);
  enum { ROOM = CMSG_SPACE(sizeof(int)) };
  _Alignas(8) uint8_t control[2 * ROOM] = {0};
  sk_slice slices[3] = {{(uint8_t *)"a", 1}, {(uint8_t *)"b", 1}, {(uint8_t *)"c", 1}};
  for (int i = 0; i < 3; i++) rows[i] = (sk_datagram){.control_length = i == 1 ? 0 : ROOM};
  for (int i = 0; i < 2; i++) {
    const struct cmsghdr header = {
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(control + i * ROOM, &header, sizeof header);
    memcpy(control + i * ROOM + sizeof header, i == 0 ? &both.near : &both.far, sizeof(int));
  }
  EQUAL(sk_sendmmsg(both.near, rows, slices, 3, control, 0), 3);
  uint8_t memory[3 * 8], *got = malloc(3 * ROOM);
  const sk_batch batch = {
      .rows = rows, .count = 3, .memory = memory, .size = 8, .control = got, .room = ROOM};
  EQUAL(sk_recvmmsg(both.far, &batch, 0), 3);
  for (int i = 0; i < 3; i++) {
    EQUAL(rows[i].flags, 0);
    EQUAL(rows[i].control_length, i == 1 ? 0 : ROOM);
    int fd = -1;
    memcpy(&fd, got + i * ROOM + CMSG_LEN(0), sizeof fd);
    if (i != 1) EQUAL(sk_close(fd), 0);
  }
  free(got);
  close_pair(both);
}

TEST(messages_of_one_descriptor_are_made_up_to_the_first_that_cannot_be) {
  needs_a_kernel();
  static const int types[] = {SOCK_DGRAM, SOCK_SEQPACKET};
  for (int t = 0; t < 2; t++) {
    const pair both = unix_pair(types[t]); /* blocking */
    char texts[SK_CALLS_MAX];
    sk_call calls[SK_CALLS_MAX];
    const int least = 1; /* a few kilobytes, and so a few messages */
    EQUAL(sk_setsockopt(both.near, SOL_SOCKET, SO_SNDBUF, &least, sizeof least), 0);
    for (int i = 0; i < SK_CALLS_MAX; i++) {
      texts[i] = (char)i;
      calls[i] = call_of(both.near, true, &texts[i], 1);
    }
    sk_mmsg_make(calls, SK_CALLS_MAX);
    int sent = 0;
    while (sent < SK_CALLS_MAX && calls[sent].rc == 1) sent++;
    CHECK(sent > 2 && sent < SK_CALLS_MAX);
    for (int i = sent; i < SK_CALLS_MAX; i++) EQUAL(calls[i].rc, SK_NOT_MADE);
    sk_mmsg_make(calls + sent, 2); /* the very first keeps its error */
    EQUAL(calls[sent].rc, -EAGAIN);
    EQUAL(calls[sent + 1].rc, SK_NOT_MADE);

    memset(texts, -1, sizeof texts);
    for (int i = 0; i < SK_CALLS_MAX; i++) calls[i] = call_of(both.far, false, &texts[i], 1);
    sk_mmsg_make(calls, SK_CALLS_MAX);
    for (int i = 0; i < sent; i++) {
      EQUAL(calls[i].rc, 1);
      EQUAL(texts[i], i);
      EQUAL(calls[i].stopped, false);
    }
    EQUAL(calls[sent].rc, -EAGAIN);
    EQUAL(texts[sent], -1);
    for (int i = sent + 1; i < SK_CALLS_MAX; i++) EQUAL(calls[i].rc, SK_NOT_MADE);
    sk_mmsg_make(calls, 2);
    EQUAL(calls[0].rc, -EAGAIN);
    EQUAL(calls[1].rc, SK_NOT_MADE);
    close_pair(both);
  }
}

TEST(messages_of_one_descriptor_have_addresses_and_lie_in_two_parts) {
  struct sockaddr_in here, there;
  uint8_t from[2][SK_ADDRESS_MAX];
  const pair both = {bound_datagram_socket(&here), bound_datagram_socket(&there)};
  char one[4] = "", two[8] = "";
  const sk_slice from_two[] = {{(uint8_t *)"tw", 2}, {(uint8_t *)"o!", 2}};
  const sk_slice to_two[] = {{(uint8_t *)two, 1}, {(uint8_t *)two + 1, 2}}; /* less room than there is data */
  sk_call sends[] = {call_of(both.near, true, "one", 3),
                     {.fd = both.near, .sends = true, .slices = from_two, .count = 2}};
  sk_call reads[] = {call_of(both.far, false, one, 3),
                     {.fd = both.far, .slices = to_two, .count = 2}};
  for (int i = 0; i < 2; i++) {
    sends[i].address = (uint8_t *)&there;
    sends[i].address_length = sizeof there;
    reads[i].address = from[i];
    reads[i].address_length = SK_ADDRESS_MAX;
    reads[i].stopped = true;
  }
  sk_mmsg_make(sends, 2);
  EQUAL(sends[0].rc, 3);
  EQUAL(sends[1].rc, 4);
  sk_mmsg_make(reads, 2);
  EQUAL(reads[0].rc, 3);
  EQUAL(reads[1].rc, 3);
  EQUAL(strcmp(one, "one"), 0);
  EQUAL(strcmp(two, "two"), 0);
  for (int i = 0; i < 2; i++) {
    EQUAL(reads[i].address_length, sizeof here);
    EQUAL(memcmp(from[i], &here, sizeof here), 0);
    EQUAL(reads[i].stopped, false);
  }
  sends[0].flags = MSG_OOB; /* EOPNOTSUPP of it by itself, too */
  sk_mmsg_make(sends, 2);
  EQUAL(sends[0].rc, SK_NOT_MADE);
  sends[0].flags = 0;
  there.sin_port = 0; /* EINVAL */
  sk_mmsg_make(sends, 2);
  EQUAL(sends[0].rc, SK_NOT_MADE);
  close_pair(both);
}

TEST(the_refusal_of_a_message_is_the_error_of_the_next_call) {
  struct sockaddr_in here, nobody;
  const int near = bound_datagram_socket(&here), gone = bound_datagram_socket(&nobody);
  char bytes[2];
  sk_call reads[] = {call_of(near, false, bytes, 1), call_of(near, false, bytes + 1, 1)};
  EQUAL(sk_close(gone), 0);
  EQUAL(sk_connect(near, (const uint8_t *)&nobody, sizeof nobody), 0);
  EQUAL(sk_send(near, "x", 1, 0), 1);
  sk_mmsg_make(reads, 2);
  EQUAL(reads[0].rc, -ECONNREFUSED);
  EQUAL(reads[1].rc, SK_NOT_MADE);
  sk_mmsg_make(reads, 2);
  EQUAL(reads[0].rc, -EAGAIN);
  sk_call sends[] = {call_of(near, true, "x", 1), call_of(near, true, "y", 1)};
  sk_mmsg_make(sends, 2); /* the second meets the error that the first has caused */
  EQUAL(sends[0].rc, 1);
  EQUAL(sends[1].rc, SK_NOT_MADE);
  EQUAL(sk_close(near), 0);
}

TEST(errors_of_messages_are_those_of_the_call) {
  const pair both = unix_pair(SOCK_SEQPACKET), stream = unix_pair(SOCK_STREAM);
  char byte;
  sk_call calls[] = {call_of(-1, true, "x", 1), call_of(-1, true, "y", 1)};
  sk_mmsg_make(calls, 2);
  EQUAL(calls[0].rc, -EBADF);
  EQUAL(calls[1].rc, SK_NOT_MADE);
  EQUAL(sk_close(both.far), 0);
  calls[0].fd = calls[1].fd = both.near;
  sk_mmsg_make(calls, 2); /* and raises no SIGPIPE */
  EQUAL(calls[0].rc, -EPIPE);
  calls[0] = calls[1] = call_of(both.near, false, &byte, 1);
  sk_mmsg_make(calls, 2);
  EQUAL(calls[0].rc, 0);
  EQUAL(calls[1].rc, 0);
  EQUAL(sk_close(both.near), 0);
  EQUAL(sk_close(stream.far), 0);
  calls[0] = calls[1] = call_of(stream.near, true, "x", 1); /* streams' is what may be a signal */
  sk_mmsg_make(calls, 2);
  EQUAL(calls[0].rc, -EPIPE);
  rows[0] = (sk_datagram){0};
  EQUAL(sk_sendmmsg(stream.near, rows, calls[0].slices, 1, NULL, 0), -EPIPE);
  EQUAL(sk_close(stream.near), 0);
}
