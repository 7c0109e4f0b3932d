/* A test harness in one header and one source. Each test runs in a process of its own, so that a
 * signal, a limit or a crash does not affect the next one. The output is TAP. */
#ifndef BERKELEY_TEST_TAP_H
#define BERKELEY_TEST_TAP_H

#include <stdbool.h>

typedef struct tap_test {
  const char *file;
  const char *name;
  void (*run)(void);
  struct tap_test *next;
} tap_test;

void tap_register(tap_test *test);
void tap_check(bool ok, const char *file, int line, const char *what);
void tap_equal(long long got, long long want, const char *file, int line, const char *what);
_Noreturn void tap_skip(const char *missing_capability);

/* TEST(name_with_underscores) { … } */
#define TEST(test_name)                                                       \
  static void test_name(void);                                                \
  __attribute__((constructor)) static void register_##test_name(void) {       \
    static tap_test test = {.file = __FILE__, .name = #test_name, .run = test_name}; \
    tap_register(&test);                                                      \
  }                                                                           \
  static void test_name(void)

#define CHECK(condition) tap_check((condition), __FILE__, __LINE__, #condition)
#define EQUAL(got, want) tap_equal((got), (want), __FILE__, __LINE__, #got " == " #want)

#endif
