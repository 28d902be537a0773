// Products on Intel's Advanced Matrix Extensions: eight registers of 16 × 64 bytes, and one instruction
// that multiplies two of them. See include/mini_matrix_units.h for how floats become bfloat16.
//
// A tile is 16 lines (rows of a, columns of b) by 32 steps of k. Lines are packed in groups of two
// tiles: for each 32 steps of k first the two tiles of the high parts, then of the middle ones, then of
// the low ones. In a tile of a each line is a row; in one of b each column, as the instruction wants.
// It takes its steps in pairs, and which two make a pair is free as long as a and b agree: here k and
// k + 16, so that two vectors become pairs without being shuffled.
#include "mini_matrix_units.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#pragma clang attribute push( \
    __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), \
    apply_to = function)

#define INLINE static inline __attribute__((always_inline))

enum {
    LINES = 16,                     // of a tile
    STEPS = 32,                     // of k in a tile
    TILE = LINES * STEPS / 2,       // floats that a tile takes
    GROUP = 2 * LINES,
    PARTS = 3,
};

// ---- Packing ---------------------------------------------------------------------------------------

/// A row of a tile in its three parts. Each 32 bits hold a pair of steps.
typedef struct { __m512i high, middle, low; } split_row;

/// The nearest numbers of 8 digits, as floats.
INLINE __m512i round_to_bfloat16(__m512 x) {
    const __m512i half = _mm512_set1_epi32(0x8000), mask = _mm512_set1_epi32((int)0xffff0000);
    return _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(x), half), mask);
}

INLINE __m512i pair(__m512i first, __m512i second) {
    return _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(first, 16), second);
}

/// Splits two vectors that make up a row of a tile. The low part is exact: 24 digits are three times 8.
/// `check` becomes NaN if a number, or what it rounds to, is not finite.
INLINE split_row split(__m512 x, __m512 y, __m512 *check) {
    split_row row;
    __m512i first = round_to_bfloat16(x), second = round_to_bfloat16(y);
    row.high = pair(first, second);
    x = _mm512_sub_ps(x, _mm512_castsi512_ps(first));
    y = _mm512_sub_ps(y, _mm512_castsi512_ps(second));
    *check = _mm512_fmadd_ps(x, _mm512_setzero_ps(), *check);
    *check = _mm512_fmadd_ps(y, _mm512_setzero_ps(), *check);
    first = round_to_bfloat16(x), second = round_to_bfloat16(y);
    row.middle = pair(first, second);
    x = _mm512_sub_ps(x, _mm512_castsi512_ps(first));
    y = _mm512_sub_ps(y, _mm512_castsi512_ps(second));
    row.low = pair(_mm512_castps_si512(x), _mm512_castps_si512(y));
    return row;
}

/// Stores row `index` of a tile; the tiles of the next part lie `part` floats on.
INLINE void store_row(float *tile, size_t part, int index, split_row row) {
    _mm512_storeu_si512(tile + LINES * index, row.high);
    _mm512_storeu_si512(tile + part + LINES * index, row.middle);
    _mm512_storeu_si512(tile + 2 * part + LINES * index, row.low);
}

/// Four neighbouring columns of 16 rows, as vectors: most of the work is done by the units that load.
INLINE void load_columns(const float *from, ptrdiff_t stride, __m512 columns[4]) {
    __m512 rows[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const float *row = from + i * stride;
        rows[i] = _mm512_castps128_ps512(_mm_loadu_ps(row));
        rows[i] = _mm512_mask_broadcast_f32x4(rows[i], 0x00f0, _mm_loadu_ps(row + 4 * stride));
        rows[i] = _mm512_mask_broadcast_f32x4(rows[i], 0x0f00, _mm_loadu_ps(row + 8 * stride));
        rows[i] = _mm512_mask_broadcast_f32x4(rows[i], 0xf000, _mm_loadu_ps(row + 12 * stride));
    }
    const __m512d ab = _mm512_castps_pd(_mm512_unpacklo_ps(rows[0], rows[1]));
    const __m512d cd = _mm512_castps_pd(_mm512_unpacklo_ps(rows[2], rows[3]));
    const __m512d AB = _mm512_castps_pd(_mm512_unpackhi_ps(rows[0], rows[1]));
    const __m512d CD = _mm512_castps_pd(_mm512_unpackhi_ps(rows[2], rows[3]));
    columns[0] = _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd));
    columns[1] = _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd));
    columns[2] = _mm512_castpd_ps(_mm512_unpacklo_pd(AB, CD));
    columns[3] = _mm512_castpd_ps(_mm512_unpackhi_pd(AB, CD));
}

/// Packs a whole tile whose rows are runs of neighbours in memory, `stride` apart: row i and, `second`
/// floats on, what it is paired with.
INLINE void pack_rows(
    const float *from, ptrdiff_t stride, ptrdiff_t second, float *tile, size_t part, __m512 *check) {
    for (int i = 0; i < LINES; i++) {
        const float *row = from + i * stride;
        store_row(
            tile, part, i, split(_mm512_loadu_ps(row), _mm512_loadu_ps(row + second), check));
    }
}

/// Packs a whole tile whose rows are columns in memory.
INLINE void pack_columns(
    const float *from, ptrdiff_t stride, ptrdiff_t second, float *tile, size_t part, __m512 *check) {
    for (int i = 0; i < LINES; i += 4) {
        __m512 x[4], y[4];
        load_columns(from + i, stride, x);
        load_columns(from + i + second, stride, y);
#pragma unroll
        for (int j = 0; j < 4; j++) store_row(tile, part, i + j, split(x[j], y[j], check));
    }
}

/// Packs the tile of up to 16 lines and 32 steps whose first element is at `from`; element (i, j) is at
/// from[i·line + j·step].
INLINE void pack_tile(
    const float *from, ptrdiff_t line, ptrdiff_t step, size_t lines, size_t steps, const int right,
    float *tile, size_t part, __m512 *check) {
    if (lines == LINES && steps == STEPS && step == 1) {
        // What comes next: the lines below.
        const float *ahead = from + LINES * line;
        for (int i = 0; i < LINES; i++, ahead += line) {
            __builtin_prefetch(ahead, 0, 2);
            __builtin_prefetch(ahead + 16, 0, 2);
        }
        if (right) pack_columns(from, line, 16, tile, part, check);
        else pack_rows(from, line, 16, tile, part, check);
    } else if (lines == LINES && steps == STEPS && line == 1) {
        const float *ahead = from + STEPS * step;
        for (int j = 0; j < STEPS; j++, ahead += step) __builtin_prefetch(ahead);
        if (right) pack_rows(from, step, 16 * step, tile, part, check);
        else pack_columns(from, step, 16 * step, tile, part, check);
    } else {
        float whole[LINES * STEPS] = {0};
        for (size_t i = 0; i < lines; i++)
            for (size_t j = 0; j < steps; j++)
                whole[i * STEPS + j] = from[(ptrdiff_t)i * line + (ptrdiff_t)j * step];
        if (right) pack_columns(whole, STEPS, 16, tile, part, check);
        else pack_rows(whole, STEPS, 16, tile, part, check);
    }
}

/// Packs `lines` lines of depth k, element (i, j) at from[i·line + j·step].
INLINE int pack(
    const float *from, ptrdiff_t line, ptrdiff_t step, float *packed, size_t lines, size_t k,
    const int right) {
    __m512 check = _mm512_setzero_ps();
    const size_t height = (lines + LINES - 1) / LINES, depth = (k + STEPS - 1) / STEPS;
    for (size_t n = 0; n < height * depth; n++) {
        // Memory is read along its rows: those are lines, or steps.
        const size_t i = (step == 1 ? n / depth : n % height) * LINES;
        const size_t j = (step == 1 ? n % depth : n / height) * STEPS;
        const size_t first = i / GROUP * GROUP, tiles = lines - first > LINES ? 2 : 1;
        float *tile = packed + (first * depth + j / 2 * tiles) * LINES * PARTS
            + (i - first) / LINES * TILE;
        pack_tile(
            from + (ptrdiff_t)i * line + (ptrdiff_t)j * step, line, step,
            lines - i < LINES ? lines - i : LINES, k - j < STEPS ? k - j : STEPS, right, tile,
            tiles * TILE, &check);
    }
    return _mm512_cmp_ps_mask(check, check, _CMP_UNORD_Q) == 0;
}

static int pack_left(
    const float *a, ptrdiff_t row, ptrdiff_t column, float *packed, size_t m, size_t k) {
    return pack(a, row, column, packed, m, k, 0);
}

static int pack_right(
    const float *b, ptrdiff_t row, ptrdiff_t column, float *packed, size_t k, size_t n) {
    return pack(b, column, row, packed, n, k, 1);
}

// ---- Products --------------------------------------------------------------------------------------

/// How large each tile register is.
struct configuration {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
};

INLINE void configure_tiles(void) {
    struct configuration wanted = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        wanted.bytes[i] = 64;
        wanted.rows[i] = LINES;
    }
    _tile_loadconfig(&wanted);
}

/// The tiles of one part of the left factor, into registers 4 and 5.
#define LOAD_LEFT(number)                                                                          \
    _tile_loadd(4, left + (number) * rows * TILE, 64);                                             \
    if (rows == 2) _tile_loadd(5, left + ((number) * rows + 1) * TILE, 64);
/// Of the right factor, into registers 6 and 7.
#define LOAD_RIGHT(number)                                                                         \
    _tile_loadd(6, right + (number) * columns * TILE, 64);                                         \
    if (columns == 2) _tile_loadd(7, right + ((number) * columns + 1) * TILE, 64);
/// Their products, added to registers 0 to 3.
#define MULTIPLY                                                                                   \
    _tile_dpbf16ps(0, 4, 6);                                                                       \
    if (columns == 2) _tile_dpbf16ps(1, 4, 7);                                                     \
    if (rows == 2) _tile_dpbf16ps(2, 5, 6);                                                        \
    if (rows == 2 && columns == 2) _tile_dpbf16ps(3, 5, 7);

/// c = left · right, or added to c, of `rows` × `columns` tiles: constants after inlining.
INLINE void multiply_tiles(
    const int rows, const int columns, const float *left, const float *right, int accumulate, float *c,
    size_t c_stride, size_t depth) {
    const size_t bytes = c_stride * sizeof(float);
    float *below = c + LINES * c_stride;
    if (accumulate) {
        _tile_loadd(0, c, bytes);
        if (columns == 2) _tile_loadd(1, c + LINES, bytes);
        if (rows == 2) _tile_loadd(2, below, bytes);
        if (rows == 2 && columns == 2) _tile_loadd(3, below + LINES, bytes);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
        // The lines of c arrive while k runs.
        for (int i = 0; i < LINES * rows; i++) {
            __builtin_prefetch(c + i * c_stride, 1);
            __builtin_prefetch(c + i * c_stride + LINES * columns - 1, 1);
        }
    }
    for (size_t j = 0; j < depth; j += STEPS) {
        LOAD_LEFT(0) LOAD_RIGHT(2) MULTIPLY     // high · low
        LOAD_RIGHT(1) MULTIPLY                  // high · middle
        LOAD_RIGHT(0) MULTIPLY                  // high · high
        LOAD_LEFT(1) MULTIPLY                   // middle · high
        LOAD_LEFT(2) MULTIPLY                   // low · high
        LOAD_LEFT(1) LOAD_RIGHT(1) MULTIPLY     // middle · middle
        left += PARTS * rows * TILE;
        right += PARTS * columns * TILE;
    }
    _tile_stored(0, c, bytes);
    if (columns == 2) _tile_stored(1, c + LINES, bytes);
    if (rows == 2) _tile_stored(2, below, bytes);
    if (rows == 2 && columns == 2) _tile_stored(3, below + LINES, bytes);
}

INLINE void multiply_some_tiles(
    int rows, int columns, const float *left, const float *right, int accumulate, float *c,
    size_t c_stride, size_t depth) {
    if (rows == 2 && columns == 2)
        multiply_tiles(2, 2, left, right, accumulate, c, c_stride, depth);
    else if (rows == 2) multiply_tiles(2, 1, left, right, accumulate, c, c_stride, depth);
    else if (columns == 2) multiply_tiles(1, 2, left, right, accumulate, c, c_stride, depth);
    else multiply_tiles(1, 1, left, right, accumulate, c, c_stride, depth);
}

static void multiply(
    const float *left, const float *right, int accumulate, float *c, size_t c_stride, size_t m,
    size_t n, size_t k) {
    configure_tiles();
    const size_t depth = (k + STEPS - 1) / STEPS * STEPS, group = GROUP * depth / 2 * PARTS;
    for (size_t j = 0; j < n; j += GROUP) {
        const size_t width = n - j < GROUP ? n - j : GROUP;
        const int columns = width > LINES ? 2 : 1;
        const float *strip = right + j / GROUP * group;
        for (size_t i = 0; i < m; i += GROUP) {
            const size_t height = m - i < GROUP ? m - i : GROUP;
            const int rows = height > LINES ? 2 : 1;
            const float *lines = left + i / GROUP * group;
            float *to = c + i * c_stride + j;
            if (height % LINES == 0 && width % LINES == 0) {
                multiply_some_tiles(
                    rows, columns, lines, strip, accumulate, to, c_stride, depth);
                continue;
            }
            // At the edges whole tiles are made elsewhere, and what belongs to c is moved there.
            float whole[GROUP * GROUP] __attribute__((aligned(64)));
            for (size_t row = 0; accumulate && row < height; row++)
                memcpy(whole + row * GROUP, to + row * c_stride, width * sizeof(float));
            multiply_some_tiles(rows, columns, lines, strip, accumulate, whole, GROUP, depth);
            for (size_t row = 0; row < height; row++)
                memcpy(to + row * c_stride, whole + row * GROUP, width * sizeof(float));
        }
    }
    _tile_release();
}

#pragma clang attribute pop

static const mini_matrix_units amx = {
    .name = "amx",
    .group = GROUP,
    .pack_left = pack_left,
    .pack_right = pack_right,
    .multiply = multiply,
};

/// Whether the processor has the instructions, and the system keeps the registers of this process: it
/// has to be asked first, because they make its threads larger.
static int can_run_amx(void) {
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    const unsigned bfloat16 = 1u << 22, tiles = 1u << 24;
    if ((d & (bfloat16 | tiles)) != (bfloat16 | tiles)) return 0;
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

const mini_matrix_units *mini_matrix_units_named(const char *name) {
    __builtin_cpu_init();
    const int has_vectors = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return strcmp(name, "amx") == 0 && has_vectors && can_run_amx() ? &amx : NULL;
}
#else
const mini_matrix_units *mini_matrix_units_named(const char *name) { return NULL; }
#endif
