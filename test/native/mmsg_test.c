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
  static const char *const texts[] = {"one", "", "three and more", "4"};
  send_all(both.near, texts, 4);
  enum { SIZE = 10, SLOTS = 5 };
  uint8_t *memory = malloc(SLOTS * sk_batch_slot(SIZE)); /* no byte more than they may have */
  const sk_batch batch = {.rows = rows, .count = SLOTS, .memory = memory, .size = SIZE};
  EQUAL(sk_recvmmsg(both.far, &batch, 0), 4);
  static const int lengths[] = {3, 0, 10, 1}, offsets[] = {0, 8, 8, 24};
  for (int i = 0; i < 4; i++) {
    EQUAL(rows[i].length, lengths[i]);
    EQUAL(rows[i].offset, offsets[i]);
    EQUAL(rows[i].flags, i == 2 ? MSG_TRUNC : 0);
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
