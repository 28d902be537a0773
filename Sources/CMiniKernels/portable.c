// Vectors of four floats that every 64-bit processor has: SSE2 on x86, NEON on ARM.
#include "mini_kernels.h"

#define MINI_WIDTH 4
#if defined(__aarch64__)
#define MINI_FMA 1
#define MINI_NAME "neon"
#else
#define MINI_FMA 0
#define MINI_NAME "portable"
#endif
#define MINI_TABLE mini_kernels_portable

#include "vector.h"
#include "functions.h"
#include "elementwise.h"
#include "reductions.h"
#include "rows.h"
#include "table.h"
