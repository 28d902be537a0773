// Chooses the table for this processor.
#include <stdlib.h>
#include <string.h>

#include "mini_kernels.h"

extern const mini_kernels mini_kernels_portable;
#if defined(__x86_64__)
extern const mini_kernels mini_kernels_avx2, mini_kernels_avx512;
#endif

static const mini_kernels *table_if_supported(const char *name) {
    if (strcmp(name, mini_kernels_portable.name) == 0) return &mini_kernels_portable;
#if defined(__x86_64__)
    __builtin_cpu_init();
    const int has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (strcmp(name, "avx2") == 0 && has_avx2) return &mini_kernels_avx2;
    if (strcmp(name, "avx512") == 0 && has_avx2 && __builtin_cpu_supports("avx512f")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl"))
        return &mini_kernels_avx512;
#endif
    return NULL;
}

const mini_kernels *mini_kernels_named(const char *name) { return table_if_supported(name); }

const mini_kernels *mini_kernels_best(void) {
    const char *wanted = getenv("MINIGPT_KERNELS");
    const char *names[] = {wanted ? wanted : "avx512", "avx512", "avx2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const mini_kernels *table = table_if_supported(names[i]);
        if (table) return table;
    }
    return &mini_kernels_portable;
}
