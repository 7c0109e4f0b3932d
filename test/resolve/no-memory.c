/* To be preloaded: where the environment has NO_MEMORY, the native module gets no memory of malloc and calloc. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);

static int refuses(const void *caller) {
  Dl_info module;
  if (getenv("NO_MEMORY") == NULL || dladdr(caller, &module) == 0) return 0;
  return strstr(module.dli_fname, "/berkeley.node") != NULL;
}

void *malloc(size_t size) {
  return refuses(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  return refuses(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}
