// Vectors of four, for arm64, where NEON and fused multiply-add are always there.
#if defined(__aarch64__)
#define LANES 4
#define TABLE mini_kernels_neon
#define WEIGHTS_TABLE mini_weights_neon
#define TABLE_NAME "neon"
#include "kernels.h"
#include "weights.h"
#endif
