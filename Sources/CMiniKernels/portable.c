// Vectors of four: SSE2 on x86-64, NEON on arm64, whatever clang makes of them elsewhere.
#define LANES 4
#define TABLE mini_kernels_portable
#define WEIGHTS_TABLE mini_weights_portable
#define TABLE_NAME "portable"
#include "kernels.h"
#include "weights.h"
