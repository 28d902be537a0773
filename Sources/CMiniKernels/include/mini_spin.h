#ifndef MINI_SPIN_H
#define MINI_SPIN_H

/// Tells the processor that this thread waits in a loop for another one.
static inline void mini_spin_hint(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
