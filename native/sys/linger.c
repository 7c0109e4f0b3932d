#include "sys.h"

/* How long a look lasts. LINGER_US is about what it costs to put a thread to sleep and to wake it;
 * LATE_US, for a long look, about how long a peer takes to answer that has to be woken first. */
enum { LINGER_US = 30, LATE_US = 100 };
/* Long looks need credit: what comes within LINGER_US earns one, what comes later costs two. */
enum { CREDIT_MAX = 32, BACKOFF_MAX = 10 };

bool sk_linger_begin(sk_linger *linger) {
  linger->since_us = 0;
  return linger->waits_to_pass-- <= 0;
}

/* Whether the present look, which has found nothing so far, may go on. */
static bool has_time(sk_linger *linger) {
  linger->now_us = sk_now_us();
  if (linger->since_us == 0) linger->since_us = linger->now_us;
  return linger->now_us < linger->since_us + (linger->credit > 0 ? LATE_US : LINGER_US);
}

static int between(int low, int value, int high) {
  return value < low ? low : value > high ? high : value;
}

/* Looking goes on only as long as two looks of three find something. Each vain one makes the pause
 * longer: 3, 15, … 1,023 waits without a look.
 *
 * If two programs answer each other and both have gone to sleep, neither has its answer until the
 * other is woken, which takes longer than LINGER_US: both would sleep before every answer for ever.
 * So long looks follow the longest pause. Once one of them overlaps a look of the other program,
 * both answer soon again, and their looks keep succeeding. */
bool sk_linger_again(sk_linger *linger, bool found) {
  if (!found && has_time(linger)) return true;
  const bool is_late = linger->since_us != 0 && linger->now_us >= linger->since_us + LINGER_US;
  if (!found) {
    linger->backoff += 2;
    linger->credit = 0;
  } else if (is_late) {
    linger->credit -= 2;
  } else {
    linger->backoff--;
    linger->credit++;
  }
  linger->backoff = between(0, linger->backoff, BACKOFF_MAX);
  linger->credit = between(0, linger->credit, CREDIT_MAX);
  linger->waits_to_pass = linger->credit > 0 ? 0 : (1 << linger->backoff) - 1;
  if (linger->backoff == BACKOFF_MAX && linger->credit == 0) linger->credit = CREDIT_MAX;
  return false;
}
