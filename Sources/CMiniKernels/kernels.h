// All kernels for one instruction set. Included once by each of portable.c, avx2.c, avx512.c and
// neon.c, which define LANES (see vector.h), TABLE (the name of the table) and TABLE_NAME (its text).

#include "vector.h"

#include "exponential_math.h"
#include "normal_math.h"
#include "power_math.h"
#include "trigonometric_math.h"

#include "elementwise.h"
#include "moves.h"
#include "reductions.h"
#include "softmax.h"
#include "rows.h"
#include "decoder_rows.h"
#include "optimizers.h"
#include "random.h"
#include "matrix.h"

#define ENTRY(name) .name = kernel_##name

const mini_kernels TABLE = {
    .name = TABLE_NAME,
    ENTRY(negate), ENTRY(absolute), ENTRY(square), ENTRY(reciprocal), ENTRY(square_root),
    ENTRY(exp), ENTRY(log), ENTRY(tanh), ENTRY(sigmoid), ENTRY(relu), ENTRY(sine), ENTRY(cosine),
    ENTRY(gelu), ENTRY(gelu_tanh), ENTRY(silu),
    ENTRY(add), ENTRY(subtract), ENTRY(multiply), ENTRY(divide), ENTRY(power), ENTRY(maximum),
    ENTRY(minimum), ENTRY(equal), ENTRY(not_equal), ENTRY(less), ENTRY(less_equal),
    ENTRY(gated_silu),
    ENTRY(add_scalar), ENTRY(multiply_scalar), ENTRY(divide_scalar), ENTRY(power_scalar),
    ENTRY(maximum_scalar), ENTRY(minimum_scalar), ENTRY(subtract_from_scalar),
    ENTRY(divide_scalar_by), ENTRY(scalar_power), ENTRY(equal_scalar), ENTRY(not_equal_scalar),
    ENTRY(less_scalar), ENTRY(less_equal_scalar), ENTRY(greater_scalar),
    ENTRY(greater_equal_scalar),
    ENTRY(select), ENTRY(fill), ENTRY(scale_add), ENTRY(multiply_add),
    ENTRY(relu_gradient), ENTRY(gelu_gradient), ENTRY(gelu_tanh_gradient), ENTRY(tanh_gradient),
    ENTRY(sigmoid_gradient), ENTRY(silu_gradient), ENTRY(gated_silu_gradient),
    ENTRY(gather_strided), ENTRY(scatter_add_strided), ENTRY(transpose),
    ENTRY(sum), ENTRY(sum_of_squares), ENTRY(sum_of_squared_differences), ENTRY(dot), ENTRY(max),
    ENTRY(min), ENTRY(arg_max), ENTRY(add_column_sums), ENTRY(all_finite),
    ENTRY(softmax), ENTRY(log_softmax), ENTRY(log_sum_exp),
    ENTRY(softmax_gradient), ENTRY(cross_entropy_gradient),
    ENTRY(cross_entropy), ENTRY(exponentials_of_columns),
    ENTRY(softmax_rows), ENTRY(softmax_rows_gradient), ENTRY(dot_rows),
    ENTRY(add_bias), ENTRY(bias_gelu_tanh), ENTRY(bias_gelu), ENTRY(layer_norm),
    ENTRY(layer_norm_gradient), ENTRY(rms_norm), ENTRY(rms_norm_gradient), ENTRY(rotate_halves),
    ENTRY(rotate_pairs),
    ENTRY(adamw), ENTRY(dropout),
    .strip_columns = STRIP, .narrow_strip_columns = NARROW_STRIP,
    ENTRY(pack_right), ENTRY(pack_left), ENTRY(multiply_packed),
};
