// Picks the kernels for this CPU.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "mini_kernels.h"
#include "mini_matrix_units.h"
#include "mini_weights.h"

extern const mini_kernels mini_kernels_portable;
extern const mini_weights mini_weights_portable;
#if defined(__x86_64__)
extern const mini_kernels mini_kernels_avx2, mini_kernels_avx512;
extern const mini_weights mini_weights_avx2, mini_weights_avx512, mini_weights_avx512vnni;

static int can_run_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
        && __builtin_cpu_supports("f16c");
}

static int can_run_avx512(void) {
    return can_run_avx2() && __builtin_cpu_supports("avx512f")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl");
}
#elif defined(__aarch64__)
extern const mini_kernels mini_kernels_neon;
extern const mini_weights mini_weights_neon;
#endif

const mini_kernels *mini_kernels_named(const char *name) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (strcmp(name, "avx512") == 0) return can_run_avx512() ? &mini_kernels_avx512 : NULL;
    if (strcmp(name, "avx2") == 0) return can_run_avx2() ? &mini_kernels_avx2 : NULL;
#elif defined(__aarch64__)
    if (strcmp(name, "neon") == 0) return &mini_kernels_neon;
#endif
    return strcmp(name, "portable") == 0 ? &mini_kernels_portable : NULL;
}

static const mini_kernels *choose_kernels(void) {
    const char *wanted = getenv("MINIGPT_KERNELS");
    const mini_kernels *found = wanted ? mini_kernels_named(wanted) : NULL;
    if (found) return found;
    const char *best_first[] = {"avx512", "avx2", "neon"};
    for (size_t i = 0; i < sizeof best_first / sizeof *best_first; i++) {
        found = mini_kernels_named(best_first[i]);
        if (found) return found;
    }
    return &mini_kernels_portable;
}

const mini_kernels *mini_kernels_best(void) {
    // Two threads that come first at once both store the same pointer.
    static _Atomic(const mini_kernels *) chosen;
    const mini_kernels *kernels = atomic_load_explicit(&chosen, memory_order_acquire);
    if (!kernels) {
        kernels = choose_kernels();
        atomic_store_explicit(&chosen, kernels, memory_order_release);
    }
    return kernels;
}

const mini_weights *mini_weights_named(const char *name) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (strcmp(name, "avx512vnni") == 0)
        return can_run_avx512() && __builtin_cpu_supports("avx512vnni") ? &mini_weights_avx512vnni
                                                                        : NULL;
    if (strcmp(name, "avx512") == 0) return can_run_avx512() ? &mini_weights_avx512 : NULL;
    if (strcmp(name, "avx2") == 0) return can_run_avx2() ? &mini_weights_avx2 : NULL;
#elif defined(__aarch64__)
    if (strcmp(name, "neon") == 0) return &mini_weights_neon;
#endif
    return strcmp(name, "portable") == 0 ? &mini_weights_portable : NULL;
}

const mini_weights *mini_weights_best(void) {
    const char *wanted = getenv("MINIGPT_KERNELS");
    const mini_weights *found = wanted ? mini_weights_named(wanted) : NULL;
    const char *best_first[] = {"avx512vnni", "avx512", "avx2", "neon", "portable"};
    for (size_t i = 0; !found && i < sizeof best_first / sizeof *best_first; i++)
        found = mini_weights_named(best_first[i]);
    return found;
}

const mini_matrix_units *mini_matrix_units_best(void) {
    const char *wanted = getenv("MINIGPT_KERNELS");
    // Who asks for one instruction set wants no other; a name that nobody knows is ignored.
    if (wanted && mini_kernels_named(wanted)) return NULL;
    return mini_matrix_units_named("amx");
}
