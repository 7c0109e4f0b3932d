/* To be preloaded: the resolver's answer is what the environment has for ANSWER, with the errno EIO. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
  (void)host, (void)service, (void)hints, (void)found;
  errno = EIO;
  return atoi(getenv("ANSWER"));
}
