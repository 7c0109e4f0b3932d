#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

TEST(sizes_of_addresses_with_a_text) {
  EQUAL(sk_inet_size(AF_INET), 4);
  EQUAL(sk_inet_size(AF_INET6), 16);
  EQUAL(sk_inet_size(AF_UNIX), 0);
  EQUAL(sk_inet_size(-1), 0);
}

TEST(pton_and_ntop_are_each_other_s_inverse) {
  uint8_t bytes[16];
  char text[64];
  EQUAL(sk_inet_pton(AF_INET, "192.0.2.1", bytes), 1);
  EQUAL(memcmp(bytes, (uint8_t[]){192, 0, 2, 1}, 4), 0);
  EQUAL(sk_inet_ntop(AF_INET, bytes, text, sizeof text), 9);
  EQUAL(strcmp(text, "192.0.2.1"), 0);
  EQUAL(sk_inet_pton(AF_INET6, "2001:db8::1", bytes), 1);
  EQUAL(sk_inet_ntop(AF_INET6, bytes, text, sizeof text), 11);
  EQUAL(strcmp(text, "2001:db8::1"), 0);
}

TEST(what_is_no_address_is_0_and_an_unknown_family_an_error) {
  uint8_t bytes[16];
  char text[64];
  EQUAL(sk_inet_pton(AF_INET, "256.0.0.1", bytes), 0);
  EQUAL(sk_inet_pton(AF_INET, "1.2.3", bytes), 0); /* inet_aton takes it, inet_pton does not */
  EQUAL(sk_inet_pton(AF_INET, "", bytes), 0);
  EQUAL(sk_inet_pton(AF_INET6, "::1%lo", bytes), 0);
  EQUAL(sk_inet_pton(AF_UNIX, "1.2.3.4", bytes), -EAFNOSUPPORT);
  EQUAL(sk_inet_ntop(AF_UNIX, bytes, text, sizeof text), -EAFNOSUPPORT);
}

TEST(ntop_never_writes_past_the_text) {
  const uint8_t bytes[4] = {192, 0, 2, 1};
  char text[10] = "";
  EQUAL(sk_inet_ntop(AF_INET, bytes, text, 9), -ENOSPC); /* needs 9 characters and the zero byte */
  EQUAL(sk_inet_ntop(AF_INET, bytes, text, 0), -ENOSPC);
  EQUAL(sk_inet_ntop(AF_INET, bytes, text, 10), 9);
}

TEST(aton_takes_the_forms_of_inet) {
  uint8_t bytes[4];
  EQUAL(sk_inet_aton("0x7f.1", bytes), 1);
  EQUAL(memcmp(bytes, (uint8_t[]){127, 0, 0, 1}, 4), 0);
  EQUAL(sk_inet_aton("256.1.1.1", bytes), 0);
  EQUAL(sk_inet_aton("", bytes), 0);
}

TEST(what_no_table_has_is_enoent) {
  char name[SK_SERVICE_MAX];
  EQUAL(sk_getservbyname("no such service", NULL), -ENOENT);
  EQUAL(sk_getservbyport(80, "no such protocol", name), -ENOENT);
  EQUAL(sk_getprotobyname("no such protocol"), -ENOENT);
}

TEST(a_service_and_a_protocol) {
  char name[SK_SERVICE_MAX];
  if (sk_getservbyname("http", "tcp") < 0) tap_skip("/etc/services");
  EQUAL(sk_getservbyname("http", NULL), 80);
  EQUAL(sk_getservbyport(80, "tcp", name), 4);
  EQUAL(strcmp(name, "http"), 0);
  EQUAL(sk_getprotobyname("tcp"), 6);
}

TEST(interfaces_have_each_their_index) {
  sk_interface *rows = NULL;
  const int count = sk_if_nameindex(&rows);
  CHECK(count >= 1);
  for (int row = 0; row < count; row++) {
    EQUAL(sk_if_nametoindex(rows[row].name), rows[row].index);
  }
  free(rows);
}
