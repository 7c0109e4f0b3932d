#define _GNU_SOURCE /* NI_MAXHOST, NI_MAXSERV, gethostbyname_r, EAI_NODATA */
#include "sys.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ROW_HEADER = 5 * sizeof(int32_t) };

static sk_answer failed(int eai) {
  return (sk_answer){.eai = eai, .error = eai == EAI_SYSTEM ? errno : 0};
}

static size_t padded(size_t length) { return (length + 3) / 4 * 4; }

static size_t name_length(const struct addrinfo *row) {
  return row->ai_canonname == NULL ? 0 : strlen(row->ai_canonname);
}

static size_t row_size(const struct addrinfo *row) {
  return ROW_HEADER + padded(row->ai_addrlen + name_length(row));
}

static sk_answer pack(const struct addrinfo *rows) {
  size_t size = 0;
  for (const struct addrinfo *row = rows; row != NULL; row = row->ai_next) size += row_size(row);
  uint8_t *bytes = calloc(1, size + 1); /* + 1: NULL means a failure */
  if (bytes == NULL) return failed(EAI_MEMORY);
  uint8_t *at = bytes;
  for (const struct addrinfo *row = rows; row != NULL; row = row->ai_next) {
    const int32_t header[5] = {row->ai_family, row->ai_socktype, row->ai_protocol,
                               (int32_t)row->ai_addrlen, (int32_t)name_length(row)};
    memcpy(at, header, ROW_HEADER);
    memcpy(at + ROW_HEADER, row->ai_addr, row->ai_addrlen);
    if (row->ai_canonname != NULL) {
      memcpy(at + ROW_HEADER + row->ai_addrlen, row->ai_canonname, name_length(row));
    }
    at += row_size(row);
  }
  return (sk_answer){.bytes = bytes, .length = size};
}

sk_answer sk_getaddrinfo(const char *host, const char *service, const int32_t hints[4]) {
  const struct addrinfo asked = {.ai_family = hints[0],
                                 .ai_socktype = hints[1],
                                 .ai_protocol = hints[2],
                                 .ai_flags = hints[3]};
  struct addrinfo *rows = NULL;
  const int eai = getaddrinfo(host, service, &asked, &rows);
  if (eai != 0) return failed(eai);
  const sk_answer answer = pack(rows);
  freeaddrinfo(rows);
  return answer;
}

sk_answer sk_getnameinfo(const uint8_t *address, uint32_t length, int flags) {
  char host[NI_MAXHOST], service[NI_MAXSERV];
  const int eai = getnameinfo((const struct sockaddr *)address, length, host, sizeof host, service,
                              sizeof service, flags);
  if (eai != 0) return failed(eai);
  const size_t host_size = strlen(host) + 1, service_size = strlen(service) + 1;
  uint8_t *bytes = malloc(host_size + service_size);
  if (bytes == NULL) return failed(EAI_MEMORY);
  memcpy(bytes, host, host_size);
  memcpy(bytes + host_size, service, service_size);
  return (sk_answer){.bytes = bytes, .length = host_size + service_size};
}

/* The buffer of a gethostby*_r function. At most it holds a list of 4,096 addresses of 16 bytes,
 * and the names. */
enum { HOST_BUFFER_FIRST = 1024, HOST_BUFFER_MAX = 128 * 1024 };

/* glibc's NETDB_INTERNAL; musl has no such code. */
enum { ERRNO_TELLS = -1 };

/* Translates h_errno to an EAI_* code, so that the caller has one set of codes. */
static sk_answer host_failed(int h_error, int error) {
  switch (h_error) {
    case ERRNO_TELLS: return (sk_answer){.eai = EAI_SYSTEM, .error = error};
    case HOST_NOT_FOUND: return failed(EAI_NONAME);
    case TRY_AGAIN: return failed(EAI_AGAIN);
    case NO_DATA: return failed(EAI_NODATA);
    default: return failed(EAI_FAIL);
  }
}

static void put_text(FILE *out, const char *text) { fwrite(text, 1, strlen(text) + 1, out); }

static void put_host(FILE *out, const struct hostent *host) {
  put_text(out, host->h_name);
  for (char **alias = host->h_aliases; *alias != NULL; alias++) put_text(out, *alias);
  put_text(out, "");
  for (char **address = host->h_addr_list; *address != NULL; address++) {
    char text[SK_INET_TEXT_MAX];
    if (sk_inet_ntop(host->h_addrtype, (uint8_t *)*address, text, sizeof text) > 0) {
      put_text(out, text);
    }
  }
}

static sk_answer pack_host(const struct hostent *host) {
  char *bytes = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&bytes, &length);
  if (out == NULL) return failed(EAI_MEMORY);
  put_host(out, host);
  const bool good = ferror(out) == 0;
  if (fclose(out) == 0 && good) return (sk_answer){.bytes = (uint8_t *)bytes, .length = length};
  free(bytes);
  return failed(EAI_MEMORY);
}

typedef int find_host(const void *key, uint32_t length, struct hostent *entry, char *buffer,
                      size_t size, struct hostent **found, int *h_error);

static int find_by_name(const void *key, uint32_t length, struct hostent *entry, char *buffer,
                        size_t size, struct hostent **found, int *h_error) {
  (void)length;
  return gethostbyname_r(key, entry, buffer, size, found, h_error);
}

static int find_by_address(const void *key, uint32_t length, struct hostent *entry, char *buffer,
                           size_t size, struct hostent **found, int *h_error) {
  const int family = length == 4 ? AF_INET : AF_INET6;
  return gethostbyaddr_r(key, length, family, entry, buffer, size, found, h_error);
}

/* Calls `find` again with twice the buffer as long as it is too small (ERANGE). */
static sk_answer host_of(find_host *find, const void *key, uint32_t length) {
  for (size_t size = HOST_BUFFER_FIRST; size <= HOST_BUFFER_MAX; size *= 2) {
    char *buffer = malloc(size);
    if (buffer == NULL) break;
    struct hostent entry, *found = NULL;
    int h_error = 0;
    const int error = find(key, length, &entry, buffer, size, &found, &h_error);
    const sk_answer answer = found == NULL ? host_failed(h_error, error) : pack_host(found);
    free(buffer);
    if (error != ERANGE) return answer;
  }
  return failed(EAI_MEMORY);
}

sk_answer sk_gethostbyname(const char *name) { return host_of(find_by_name, name, 0); }

sk_answer sk_gethostbyaddr(const uint8_t *address, uint32_t length) {
  return host_of(find_by_address, address, length);
}
