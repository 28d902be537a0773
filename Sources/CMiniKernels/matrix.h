// The product of two matrices whose right factor was packed: for small products, where a BLAS call
// costs more than its arithmetic, and for processors whose vectors the installed BLAS does not use.
//
// The right factor is cut into strips of a few vectors; a strip is k rows of so many neighbours. A tile of
// TILE_ROWS rows as wide as a strip is kept in registers while k runs (Goto & van de Geijn 2008, "Anatomy
// of high-performance matrix multiplication").

enum {
    // Vectors of a strip. With sixteen registers six rows of two are best; with thirty-two, eight rows of
    // three, which loads 11 numbers and vectors for 24 multiplications instead of 10 for 16.
    STRIP_VECTORS = LANES == 16 ? 3 : 2,
    STRIP = STRIP_VECTORS * LANES,
    // For right factors that would leave more of the last wider strip empty.
    NARROW_STRIP = 2 * LANES,
    TILE_ROWS = LANES == 16 ? 8 : LANES == 8 ? 6 : 4,
    // Steps of k that share the fetching of cache lines. Only the widest vectors use up a strip faster
    // than it comes by itself; elsewhere longer loops were slower.
    STEPS = LANES == 16 ? 4 : 1,
};

/// One row of b, `vectors` of it, into strips that lie `distance` apart.
INLINE void pack_row(const float *from, float *to, size_t distance, const int strips, const int vectors) {
#pragma unroll
    for (int strip = 0; strip < strips; strip++)
#pragma unroll
        for (int v = 0; v < vectors; v++)
            store(to + strip * distance + v * LANES, load(from + (strip * vectors + v) * LANES));
}

/// Packs b, element (i, j) at b[i·row + j·column], into strips of `vectors`, a constant; the last one is
/// padded with zeros.
INLINE void pack_strips(
    const int vectors, const float *b, ptrdiff_t row, ptrdiff_t column, float *packed, size_t k, size_t n) {
    const size_t wide = (size_t)vectors * LANES;
    size_t start = 0;
    if (column == 1) {
        // Four strips at a time: rows are often a power of two apart, and a longer piece of each
        // can be fetched ahead.
        for (; start + 4 * wide <= n; start += 4 * wide) {
            for (size_t i = 0; i < k; i++) {
                const float *from = b + (ptrdiff_t)i * row + start;
                for (size_t l = 0; l < 4 * wide; l += 16) __builtin_prefetch(from + 8 * row + l);
                pack_row(from, packed + i * wide, k * wide, 4, vectors);
            }
            packed += 4 * k * wide;
        }
    }
    for (; start < n; start += wide) {
        const size_t width = n - start < wide ? n - start : wide;
        const float *source = b + (ptrdiff_t)start * column;
        if (width < wide) kernel_fill(0, packed, k * wide);
        if (column == 1) {
            for (size_t i = 0; i < k; i++) {
                const float *from = source + (ptrdiff_t)i * row;
                if (width == wide) pack_row(from, packed + i * wide, 0, 1, vectors);
                else memcpy(packed + i * wide, from, width * sizeof(float));
            }
        } else if (row == 1) {
            kernel_transpose(source, (size_t)column, packed, wide, width, k);
        } else {
            for (size_t i = 0; i < k; i++)
                for (size_t j = 0; j < width; j++)
                    packed[i * wide + j] = source[(ptrdiff_t)i * row + (ptrdiff_t)j * column];
        }
        packed += k * wide;
    }
}

/// Packs b into strips of `strip` columns, STRIP or NARROW_STRIP.
static void kernel_pack_right(
    const float *b, ptrdiff_t row, ptrdiff_t column, float *packed, size_t k, size_t n, size_t strip) {
    if (strip == STRIP) pack_strips(STRIP_VECTORS, b, row, column, packed, k, n);
    else pack_strips(2, b, row, column, packed, k, n);
}

/// Packs a, element (i, j) at a[i·row + j·column], into tiles of TILE_ROWS rows: column after column.
static void kernel_pack_left(
    const float *a, ptrdiff_t row, ptrdiff_t column, float *packed, size_t m, size_t k) {
    if (row != 1) {
        for (size_t start = 0; start < m; start += TILE_ROWS) {
            const size_t height = m - start < TILE_ROWS ? m - start : TILE_ROWS;
            const float *source = a + (ptrdiff_t)start * row;
            for (size_t j = 0; j < k; j++)
                for (size_t i = 0; i < height; i++)
                    packed[j * height + i] = source[(ptrdiff_t)i * row + (ptrdiff_t)j * column];
            packed += k * height;
        }
        return;
    }
    // A column lies side by side and is read once, into all tiles: columns are often a power of two
    // apart, and a cache line that is left and come back to would have been displaced.
    const size_t whole = m / TILE_ROWS, rest = m % TILE_ROWS;
    for (size_t j = 0; j < k; j++) {
        const float *source = a + (ptrdiff_t)j * column;
        for (size_t i = 0; i < m; i += 16) __builtin_prefetch(source + 8 * column + i);
        float *to = packed + j * TILE_ROWS;
        for (size_t tile = 0; tile < whole; tile++) {
            memcpy(to, source, TILE_ROWS * sizeof(float));
            to += TILE_ROWS * k;
            source += TILE_ROWS;
        }
        float *last = packed + whole * TILE_ROWS * k + j * rest;
        for (size_t i = 0; i < rest; i++) last[i] = source[i];
    }
}

/// Where the numbers of a are that a tile needs at one step of k. `byRow` is a constant in every loop below:
/// the rows lie `distance` apart, each with its steps side by side; otherwise the steps lie `distance`
/// apart, each with its rows side by side.
///
/// Rows 0, 3 and 6 have pointers, from which the others are reached by the ways of addressing that a
/// processor has. More would not fit into its registers, and each load of one is a load less of numbers.
typedef struct {
    const float *row0, *row3, *row6;
    ptrdiff_t distance;
} places;

INLINE places places_of(const float *a, ptrdiff_t distance) {
    return (places){a, a + 3 * distance, a + 6 * distance, distance};
}

/// The number of a in row i of the tile, `step` steps further on.
INLINE float number_at(const int byRow, const places *a, const int i, const int step) {
    if (!byRow) return a->row0[step * a->distance + i];
    const float *from = i < 3 ? a->row0 : i < 6 ? a->row3 : a->row6;
    return from[i % 3 * a->distance + step];
}

/// The places `steps` steps further on. The compiler must not see that they are the same as before plus a
/// number: it would rather keep a pointer for each row, in memory.
INLINE void advance(const int byRow, const int rows, places *a, const int steps) {
    const ptrdiff_t numbers = byRow ? steps : steps * a->distance;
    a->row0 += numbers;
    KEEP_IN_REGISTER(a->row0);
    if (!byRow) return;
    if (rows > 3) {
        a->row3 += numbers;
        KEEP_IN_REGISTER(a->row3);
    }
    if (rows > 6) {
        a->row6 += numbers;
        KEEP_IN_REGISTER(a->row6);
    }
}

/// The sums of a tile, with the products of one step added to them.
INLINE void add_products(
    const int byRow, const int rows, const int vectors, const places *a, const int step, const float *strip,
    floats sums[TILE_ROWS][STRIP_VECTORS]) {
    floats b[STRIP_VECTORS];
#pragma unroll
    for (int v = 0; v < vectors; v++) b[v] = load(strip + v * LANES);
#pragma unroll
    for (int i = 0; i < rows; i++) {
        const floats x = splat(number_at(byRow, a, i, step));
#pragma unroll
        for (int v = 0; v < vectors; v++) sums[i][v] = x * b[v] + sums[i][v];
    }
}

/// Cache lines to be fetched into the second cache while a tile is made: two in each STEPS steps, `apart`
/// floats from each other, and then two more, `next` floats further on.
typedef struct {
    const float *from;
    ptrdiff_t apart, next;
} lines;

/// A part of a strip, of which each of eight tiles fetches one.
INLINE lines part_of_strip(const float *strip, const int pitch, size_t k, size_t part) {
    // In four steps of k as many floats as an eighth of four rows has, or a few more.
    return (lines){strip + part * ((size_t)pitch * LANES * k / 8), pitch > 2 ? 16 : 0, pitch > 2 ? 32 : 16};
}

/// The lines that a tile fetches: as long as there are some, those of the blocks that are coming, where the
/// tile of this `number` goes down a line's width of one of them; then `others`.
INLINE lines lines_of(const mini_block *coming, size_t number, size_t k, lines others) {
    const size_t reach = 2 * (k / STEPS);
    for (int b = 0; b < 2 && coming && reach > 0; b++) {
        const size_t parts = (coming[b].rows + reach - 1) / reach;
        const size_t tiles = parts * ((coming[b].columns + 15) / 16);
        if (number < tiles) {
            const ptrdiff_t stride = coming[b].stride;
            const float *from = coming[b].start + number / parts * 16;
            return (lines){from + (ptrdiff_t)(number % parts * reach) * stride, stride, 2 * stride};
        }
        number -= tiles;
    }
    return others;
}

/// c (rows × width) = a · strip, or added to c: the first `vectors` vectors of the strip, whose rows lie
/// `pitch` vectors apart; width <= vectors · LANES. `byRow`, `rows`, `vectors` and `pitch` are constants
/// after inlining. The lines `ahead` are fetched meanwhile, if STEPS are more than one.
INLINE void multiply_tile(
    const int byRow, const int rows, const int vectors, const int pitch, const float *from,
    ptrdiff_t distance, const float *strip, lines ahead, int accumulate, float *c, size_t c_stride,
    size_t k, size_t width) {
    places a = places_of(from, distance);
    floats sums[TILE_ROWS][STRIP_VECTORS];
#pragma unroll
    for (int i = 0; i < rows; i++) {
#pragma unroll
        for (int v = 0; v < vectors; v++) {
            sums[i][v] = splat(0);
            // The tile of c arrives while k runs.
            if (v == 0 || LANES == 16) __builtin_prefetch(c + (size_t)i * c_stride + v * LANES, 1);
        }
    }
    size_t rest = k;
    for (; rest >= STEPS; rest -= STEPS) {
        if (STEPS > 1) {
            __builtin_prefetch(ahead.from, 0, 2);
            __builtin_prefetch(ahead.from + ahead.apart, 0, 2);
            ahead.from += ahead.next;
        }
#pragma unroll
        for (int step = 0; step < STEPS; step++)
            add_products(byRow, rows, vectors, &a, step, strip + step * pitch * LANES, sums);
        advance(byRow, rows, &a, STEPS);
        strip += STEPS * pitch * LANES;
    }
    for (; rest > 0; rest--) {
        add_products(byRow, rows, vectors, &a, 0, strip, sums);
        advance(byRow, rows, &a, 1);
        strip += pitch * LANES;
    }
#pragma unroll
    for (int i = 0; i < rows; i++) {
        float *to = c + (size_t)i * c_stride;
#pragma unroll
        for (int v = 0; v < vectors; v++, to += LANES) {
            const size_t count = width - (size_t)v * LANES;
            if (count >= LANES) store(to, accumulate ? load(to) + sums[i][v] : sums[i][v]);
            else
                store_first(to, accumulate ? load_first(to, count, 0) + sums[i][v] : sums[i][v], count);
        }
    }
}

/// As multiply_tile, for as many vectors as `width` needs.
INLINE void multiply_tile_of_width(
    const int byRow, const int rows, const int pitch, const float *from, ptrdiff_t distance,
    const float *strip, lines ahead, int accumulate, float *c, size_t c_stride, size_t k,
    size_t width) {
#define VECTORS(number)                                                                            \
    multiply_tile(                                                                                 \
        byRow, rows, number, pitch, from, distance, strip, ahead, accumulate, c, c_stride, k, width)
    if (pitch > 2 && width > 2 * LANES) VECTORS(STRIP_VECTORS);
    else if (width > LANES) VECTORS(2);
    else VECTORS(1);
#undef VECTORS
}

/// As kernel_multiply_packed, for a whose rows or steps lie `distance` apart, or packed tiles if that is 0.
INLINE void multiply_strips(
    const int byRow, const int pitch, const float *a, ptrdiff_t distance, const float *packed,
    int accumulate, float *c, size_t c_stride, size_t m, size_t n, size_t k, const mini_block *coming) {
    const size_t wide = (size_t)pitch * LANES;
    size_t number = 0;
    for (size_t start = 0; start < n; start += wide) {
        const size_t width = n - start < wide ? n - start : wide;
        const float *strip = packed + start * k;
        for (size_t i = 0; i < m; i += TILE_ROWS) {
            size_t height = m - i < TILE_ROWS ? m - i : TILE_ROWS;
            const float *tile = byRow ? a + (ptrdiff_t)i * distance : distance == 0 ? a + i * k : a + i;
            const ptrdiff_t apart = distance == 0 ? (ptrdiff_t)height : distance;
            float *to = c + i * c_stride + start;
            // The next strip comes from the third cache the first time, unless it was packed just now. With
            // the last one the next tile's rows are fetched, if rows lie side by side.
            const lines others = byRow && start + wide >= n && distance == (ptrdiff_t)k
                                     ? (lines){tile + TILE_ROWS * distance, 16, 32}
                                     : part_of_strip(strip + wide * k, pitch, k, i / TILE_ROWS);
            const lines ahead = lines_of(coming, number++, k, others);
#define ROWS(rows)                                                                                 \
    multiply_tile_of_width(                                                                        \
        byRow, rows, pitch, tile, apart, strip, ahead, accumulate, to, c_stride, k, width)
            if (height == TILE_ROWS) {
                ROWS(TILE_ROWS);
                continue;
            }
            // What is left: four rows, two and one, as far as there are so many.
#define PART(rows)                                                                                 \
    if (height & rows) {                                                                           \
        ROWS(rows);                                                                                \
        tile += byRow ? rows * apart : rows;                                                       \
        to += rows * c_stride;                                                                     \
    }
            PART(4) PART(2) PART(1)
#undef PART
#undef ROWS
        }
    }
}

/// c = a·b, or c += a·b when `accumulate`: a is m × k with element (i, j) at a[i·row + j·column], where
/// one of the two is 1, or packed tiles when row is 0; b was packed by pack_right into strips of `strip`
/// columns.
static void kernel_multiply_packed(
    const float *a, ptrdiff_t row, ptrdiff_t column, const float *packed, size_t strip, int accumulate,
    float *c, size_t c_stride, size_t m, size_t n, size_t k, const mini_block *coming) {
    const int byRow = row != 0 && column == 1;
    const ptrdiff_t distance = byRow ? row : row == 0 ? 0 : column;
#define STRIPS(by, vectors) \
    multiply_strips(by, vectors, a, distance, packed, accumulate, c, c_stride, m, n, k, coming)
    if (strip == STRIP) {
        if (byRow) STRIPS(1, STRIP_VECTORS);
        else STRIPS(0, STRIP_VECTORS);
    } else {
        if (byRow) STRIPS(1, 2);
        else STRIPS(0, 2);
    }
#undef STRIPS
}
