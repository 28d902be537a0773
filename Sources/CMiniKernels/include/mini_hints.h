// What a program can tell a processor without changing what it computes.
#ifndef MINI_HINTS_H
#define MINI_HINTS_H

#include <stddef.h>

/// Tells the processor that this thread waits in a loop for another one.
static inline void mini_spin_hint(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Asks for n floats to be brought into the second cache. They need not be there.
static inline void mini_fetch(const float *p, size_t n) {
    for (size_t i = 0; i < n; i += 16) __builtin_prefetch(p + i, 0, 2);
}

#endif
