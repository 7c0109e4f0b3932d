#include "sys.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(SK_INTERFACE_MAX == IF_NAMESIZE, "an interface's name with its NUL");

/* The index, or -errno: ENODEV where no interface has the name. */
int sk_if_nametoindex(const char *name) {
  const unsigned index = if_nametoindex(name);
  return index == 0 ? -errno : (int)index;
}

/* Length of the name, or -errno: ENXIO where no interface has the index, as POSIX has it. */
int sk_if_indextoname(uint32_t index, char name[SK_INTERFACE_MAX]) {
  if (if_indextoname(index, name) == NULL) return -errno;
  return (int)strlen(name);
}

int sk_if_nameindex(sk_interface **rows) {
  struct if_nameindex *found = if_nameindex();
  if (found == NULL) return -errno;
  size_t count = 0;
  while (found[count].if_index != 0) count++;
  *rows = calloc(count + 1, sizeof **rows); /* + 1: calloc(0) may be NULL, which means a failure */
  if (*rows != NULL) {
    for (size_t row = 0; row < count; row++) {
      (*rows)[row].index = found[row].if_index;
      memcpy((*rows)[row].name, found[row].if_name, strnlen(found[row].if_name, IF_NAMESIZE - 1));
    }
  }
  if_freenameindex(found);
  return *rows == NULL ? -ENOMEM : (int)count;
}
