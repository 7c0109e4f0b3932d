#define _GNU_SOURCE /* unshare */
#include <errno.h>
#include <netdb.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support.h"

typedef struct {
  int32_t family, type, protocol, address_length, name_length;
} row_header;

/* Reads the row at `*at`, checks its padding, and moves `*at` past it. */
static row_header next_row(const sk_answer *answer, size_t *at, const uint8_t **address) {
  row_header header;
  CHECK(answer->length - *at >= sizeof header);
  memcpy(&header, answer->bytes + *at, sizeof header);
  *at += sizeof header;
  *address = answer->bytes + *at;
  *at += (size_t)header.address_length + (size_t)header.name_length;
  for (; *at % 4 != 0; (*at)++) EQUAL(answer->bytes[*at], 0);
  CHECK(*at <= answer->length);
  return header;
}

TEST(a_numeric_address_is_packed_into_rows) {
  const int32_t any[4] = {0, 0, 0, AI_NUMERICHOST};
  const sk_answer answer = sk_getaddrinfo("192.0.2.1", "80", any);
  EQUAL(answer.eai, 0);
  int rows = 0;
  for (size_t at = 0; at < answer.length; rows++) {
    const uint8_t *address;
    struct sockaddr_in in;
    const row_header row = next_row(&answer, &at, &address);
    EQUAL(row.family, AF_INET);
    EQUAL(row.address_length, sizeof in);
    EQUAL(row.name_length, 0);
    memcpy(&in, address, sizeof in);
    EQUAL(ntohs(in.sin_port), 80);
    EQUAL(ntohl(in.sin_addr.s_addr), 0xc0000201);
  }
  CHECK(rows >= 2); /* SOCK_STREAM, SOCK_DGRAM and, from some C libraries, SOCK_RAW */
  free(answer.bytes);
}

TEST(hints_are_heeded_and_the_canonical_name_follows_the_address) {
  const int32_t hints[4] = {AF_INET6, SOCK_STREAM, IPPROTO_TCP, AI_NUMERICHOST | AI_CANONNAME};
  const sk_answer answer = sk_getaddrinfo("2001:db8::1", NULL, hints);
  const uint8_t *address;
  size_t at = 0;
  EQUAL(answer.eai, 0);
  const row_header row = next_row(&answer, &at, &address);
  EQUAL(row.family, AF_INET6);
  EQUAL(row.type, SOCK_STREAM);
  EQUAL(row.protocol, IPPROTO_TCP);
  EQUAL(row.address_length, sizeof(struct sockaddr_in6));
  EQUAL(row.name_length, strlen("2001:db8::1"));
  EQUAL(memcmp(address + row.address_length, "2001:db8::1", (size_t)row.name_length), 0);
  EQUAL(at, answer.length);
  free(answer.bytes);
}

TEST(a_failure_has_its_eai_code_and_no_bytes) {
  const int32_t numeric[4] = {0, 0, 0, AI_NUMERICHOST}, bad_family[4] = {9999, 0, 0, 0};
  errno = EIO; /* says nothing of these */
  const sk_answer answers[] = {
      sk_getaddrinfo("no.number", NULL, numeric),
      sk_getaddrinfo(NULL, NULL, numeric),
      sk_getaddrinfo("127.0.0.1", "no-such-service", numeric),
      sk_getaddrinfo("127.0.0.1", NULL, bad_family),
      sk_getnameinfo((const uint8_t[SK_ADDRESS_MAX]){0}, 0, 0),
  };
  const int codes[] = {EAI_NONAME, EAI_NONAME, EAI_SERVICE, EAI_FAMILY, EAI_FAMILY};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    EQUAL(answers[i].eai, codes[i]);
    EQUAL(answers[i].error, 0);
    CHECK(answers[i].bytes == NULL);
    EQUAL(answers[i].length, 0);
  }
}

TEST(getnameinfo_gives_the_host_and_the_service) {
  const struct sockaddr_in in = {
      .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(0xc0000201)};
  const sk_answer answer =
      sk_getnameinfo((const uint8_t *)&in, sizeof in, NI_NUMERICHOST | NI_NUMERICSERV);
  EQUAL(answer.eai, 0);
  EQUAL(answer.length, sizeof "192.0.2.1\00080");
  EQUAL(memcmp(answer.bytes, "192.0.2.1\00080", answer.length), 0);
  free(answer.bytes);
}

TEST(a_host_is_its_name_then_nothing_then_its_addresses) {
  const sk_answer answer = sk_gethostbyname("192.0.2.1");
  static const char packed[] = "192.0.2.1\0\0" "192.0.2.1";
  EQUAL(answer.eai, 0);
  EQUAL(answer.length, sizeof packed);
  EQUAL(memcmp(answer.bytes, packed, sizeof packed), 0);
  free(answer.bytes);
}

TEST(what_h_errno_says_is_an_eai_code) {
  const sk_answer answer = sk_gethostbyname("");
  CHECK(answer.eai == EAI_FAIL || answer.eai == EAI_NONAME); /* glibc, musl */
  CHECK(answer.bytes == NULL);
}

TEST(gethostbyaddr_knows_the_loopback_address) {
  const uint8_t loopback[4] = {127, 0, 0, 1};
  const sk_answer answer = sk_gethostbyaddr(loopback, sizeof loopback);
  if (answer.eai != 0) tap_skip("a name of 127.0.0.1");
  static const char end[] = "\0" "127.0.0.1";
  CHECK(answer.length > sizeof end);
  EQUAL(memcmp(answer.bytes + answer.length - sizeof end, end, sizeof end), 0);
  free(answer.bytes);
}

TEST(a_failure_of_the_system_has_its_errno) {
  const uint8_t documentation[4] = {192, 0, 2, 1};
  struct rlimit before, none;
  EQUAL(getrlimit(RLIMIT_NOFILE, &before), 0);
  none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
  EQUAL(setrlimit(RLIMIT_NOFILE, &none), 0);
  const sk_answer answers[] = {
      sk_gethostbyname("no.such.name."),
      sk_gethostbyaddr(documentation, sizeof documentation),
  };
  EQUAL(setrlimit(RLIMIT_NOFILE, &before), 0);
  if (answers[0].eai != EAI_SYSTEM) tap_skip("a C library that reads the tables by itself");
  for (int i = 0; i < 2; i++) {
    EQUAL(answers[i].eai, EAI_SYSTEM);
    EQUAL(answers[i].error, EMFILE);
  }
}

TEST(a_name_that_nobody_can_be_asked_for_now_is_no_failure_for_ever) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) tap_skip("a network of its own");
  const int eai = sk_gethostbyname("no.such.name.").eai;
  CHECK(eai == EAI_AGAIN || eai == EAI_NONAME); /* the latter of a service of the machine's that is asked by a path */
}
