#define _GNU_SOURCE /* sethostname, inet_aton */
#include "sys.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "ret.h"

size_t sk_inet_size(int family) { return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0; }

_Static_assert(SK_INET_TEXT_MAX == INET6_ADDRSTRLEN, "the longest text of an address");

/* 1: written to `bytes` (4 or 16 of them); 0: not an address of the family. */
int sk_inet_pton(int family, const char *text, uint8_t *bytes) {
  return (int)sk_ret(inet_pton(family, text, bytes));
}

/* Length of the text, or -errno. */
int sk_inet_ntop(int family, const uint8_t *bytes, char *text, uint32_t size) {
  if (inet_ntop(family, bytes, text, size) == NULL) return -errno;
  return (int)strlen(text);
}

/* 1: written to `bytes`; 0: not an address, in any of the forms that inet(3) knows. */
int sk_inet_aton(const char *text, uint8_t bytes[4]) {
  struct in_addr address;
  if (inet_aton(text, &address) == 0) return 0;
  memcpy(bytes, &address, sizeof address);
  return 1;
}

int sk_sethostname(const char *name) { return (int)sk_ret(sethostname(name, strlen(name))); }

/* The functions that search the tables of services and protocols return memory that the whole
 * process shares, so threads take turns. (musl has no getprotobyname_r.) */
static pthread_mutex_t tables = PTHREAD_MUTEX_INITIALIZER;

int sk_getservbyname(const char *name, const char *protocol) {
  pthread_mutex_lock(&tables);
  const struct servent *row = getservbyname(name, protocol);
  const int port = row == NULL ? -ENOENT : ntohs((uint16_t)row->s_port);
  pthread_mutex_unlock(&tables);
  return port;
}

int sk_getservbyport(int port, const char *protocol, char name[SK_SERVICE_MAX]) {
  pthread_mutex_lock(&tables);
  const struct servent *row = getservbyport(htons((uint16_t)port), protocol);
  const size_t length = row == NULL ? 0 : strlen(row->s_name);
  const bool fits = row != NULL && length < SK_SERVICE_MAX;
  if (fits) memcpy(name, row->s_name, length + 1);
  pthread_mutex_unlock(&tables);
  return fits ? (int)length : row == NULL ? -ENOENT : -ENAMETOOLONG;
}

int sk_getprotobyname(const char *name) {
  pthread_mutex_lock(&tables);
  const struct protoent *row = getprotobyname(name);
  const int number = row == NULL ? -ENOENT : row->p_proto;
  pthread_mutex_unlock(&tables);
  return number;
}
