/*
 * The first process of Debian's full kernel, in its initial file system: loads the modules that
 * give access to the host's files (virtio and 9p; /modules lists them in order), mounts those
 * files, and then becomes the program of kernel-init.c there, which KERNEL_INIT names.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "kernel-full-init: %s: %s\n", what, strerror(errno));
  reboot(RB_POWER_OFF);
  _exit(1);
}

int main(void) {
  char path[4096];
  FILE *list = fopen("/modules", "r");
  if (!list) fail("/modules");
  while (fgets(path, sizeof path, list)) {
    path[strcspn(path, "\n")] = '\0';
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail(path);
    if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST) fail(path);
    close(fd);
  }
  /* 128 KiB per message: smaller ones are slow. Cached, since nobody else changes what tests
   * read. */
  const char *options = "trans=virtio,version=9p2000.L,msize=131072,cache=loose";
  mkdir("/host", 0755);
  if (mount("host", "/host", "9p", 0, options) < 0) fail("9p");
  if (mount("devtmpfs", "/host/dev", "devtmpfs", 0, "") < 0) fail("devtmpfs");
  if (chroot("/host") < 0 || chdir("/") < 0) fail("/host");
  const char *init = getenv("KERNEL_INIT");
  if (!init) fail("KERNEL_INIT");
  mkdir("/dev/shm", 0755);
  mkdir("/dev/pts", 0755);
  execl(init, init, (char *)NULL);
  fail(init);
}
