/* The work on vectors, written once for all kinds of processors. The file that includes this one defines:
 *
 * LANES, VF (LANES floats), VI (LANES int32_t) and VX (four bytes of an input, ready for `vi_dot`); v_* on floats and
 * vi_* on integers; ROWS, the number of rows of a product at a time, and STEP_ROWS, that of an LSTM; IS_SHIFTED, whether
 * `v_store_bytes` adds 128 to each byte, which `matrix.sums` takes back; TARGET, the attribute of functions.
 *
 * All sums are made in the same order for one row and for many, so a text has the same frame alone and in a batch.
 */

#define SUBS (BLOCK / LANES) /* vectors in a block */

#if defined(__SANITIZE_ADDRESS__)
#define UNROLL /* the checks would be unrolled, too, and take minutes to compile */
#elif defined(__GNUC__) && !defined(__clang__)
#define UNROLL _Pragma("GCC unroll 16")
#elif defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL
#endif

/* exp of numbers from -87 to 88; smaller and larger ones are clamped. (Cephes.) */
TARGET static INLINE VF v_exp(VF x) {
    x = v_min(v_max(x, v_set(-87.0f)), v_set(88.0f));
    VI n = v_rounded(v_mul(x, v_set(1.44269504088896341f)));
    VF whole = vi_float(n);
    VF r = v_fma(whole, v_set(-0.693359375f), x);
    r = v_fma(whole, v_set(2.12194440e-4f), r);
    VF y = v_set(1.9875691500e-4f);
    y = v_fma(y, r, v_set(1.3981999507e-3f));
    y = v_fma(y, r, v_set(8.3334519073e-3f));
    y = v_fma(y, r, v_set(4.1665795894e-2f));
    y = v_fma(y, r, v_set(1.6666665459e-1f));
    y = v_fma(y, r, v_set(5.0000001201e-1f));
    y = v_add(v_fma(y, v_mul(r, r), r), v_set(1.0f));
    return v_mul(y, vi_as_float(vi_shift_left_23(vi_add(n, vi_set(127)))));
}

/* log of positive normal numbers. (Cephes.) */
TARGET static INLINE VF v_log(VF x) {
    VI bits = v_as_int(x), exponent = vi_shift_right_23(vi_sub(bits, vi_set(0x3f3504f3)));
    VF m = v_sub(vi_as_float(vi_sub(bits, vi_shift_left_23(exponent))), v_set(1.0f)), e = vi_float(exponent);
    VF z = v_mul(m, m), y = v_set(7.0376836292e-2f);
    y = v_fma(y, m, v_set(-1.1514610310e-1f));
    y = v_fma(y, m, v_set(1.1676998740e-1f));
    y = v_fma(y, m, v_set(-1.2420140846e-1f));
    y = v_fma(y, m, v_set(1.4249322787e-1f));
    y = v_fma(y, m, v_set(-1.6668057665e-1f));
    y = v_fma(y, m, v_set(2.0000714765e-1f));
    y = v_fma(y, m, v_set(-2.4999993993e-1f));
    y = v_fma(y, m, v_set(3.3333331174e-1f));
    y = v_mul(v_mul(y, m), z);
    y = v_fma(e, v_set(-2.12194440e-4f), y);
    y = v_fma(z, v_set(-0.5f), y);
    return v_fma(e, v_set(0.693359375f), v_add(m, y));
}

/* y += x * matrix for `rows` rows and `vectors` vectors of outputs. `rows`, `vectors` and `kept` are constants. */
TARGET static INLINE void multiply_tile(const matrix *m, int kept, const float *x, size_t x_stride, float *y,
                                        size_t y_stride, int rows, int vectors, int32_t panel, int32_t place) {
    VF sums[ROWS * 4];
    size_t index = (size_t)panel * (size_t)m->inputs * PANEL + (size_t)place;
    const uint16_t *halves = (const uint16_t *)(kept == KEEP_DIFFERENCE ? m->base : m->weights) + index;
    const float *floats = (const float *)m->weights + index;
    const int8_t *bytes = (const int8_t *)m->weights + index;
    VF steps[4];
    UNROLL for (int v = 0; v < vectors && kept == KEEP_DIFFERENCE; v++) steps[v] =
        v_load(m->scales + panel * PANEL + place + v * LANES);
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) sums[r * vectors + v] = v_set(0.0f);
    for (int32_t k = 0; k < m->inputs; k++) {
        VF w[4];
        UNROLL for (int v = 0; v < vectors; v++) w[v] =
            kept == KEEP_FLOAT ? v_load(floats + v * LANES) : v_half(halves + v * LANES);
        UNROLL for (int v = 0; v < vectors && kept == KEEP_DIFFERENCE; v++) w[v] =
            v_fma(v_bytes(bytes + v * LANES), steps[v], w[v]);
        UNROLL for (int r = 0; r < rows; r++) {
            VF input = v_set(x[(size_t)r * x_stride + (size_t)k]);
            UNROLL for (int v = 0; v < vectors; v++) sums[r * vectors + v] =
                v_fma(input, w[v], sums[r * vectors + v]);
        }
        halves += PANEL;
        floats += PANEL;
        bytes += PANEL;
    }
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) {
            float *place_in_y = y + (size_t)r * y_stride + panel * PANEL + place + v * LANES;
            v_store(place_in_y, v_add(v_load(place_in_y), sums[r * vectors + v]));
        }
}

/* Run a tile for all outputs, with the same rows. With few rows, a tile has more outputs, so that the processor has
 * enough sums to work on at the same time. */
#define OVER_OUTPUTS(TILE, ROWS_, VECTORS, ...)                                              \
    for (int32_t panel = 0; panel * PANEL < m->outputs; panel++)                             \
        for (int32_t place = 0; place < PANEL && panel * PANEL + place < m->outputs; place += (VECTORS)*LANES) \
            TILE(ROWS_, VECTORS, __VA_ARGS__);

/* The rows of a product in tiles: ROWS at a time, and then the rest. */
#define IN_TILES(TILE, ...)                                                                  \
    int64_t row = 0;                                                                         \
    for (int32_t panel = 0; rows >= ROWS && panel * PANEL < m->outputs; panel++)             \
        for (int32_t place = 0; place < PANEL && panel * PANEL + place < m->outputs; place += 2 * LANES) \
            for (row = 0; row + ROWS <= rows; row += ROWS) TILE(ROWS, 2, __VA_ARGS__);       \
    row = rows - rows % ROWS;                                                                \
    switch (rows % ROWS) {                                                                   \
    case 1: OVER_OUTPUTS(TILE, 1, 4, __VA_ARGS__) break;                                     \
    case 2: OVER_OUTPUTS(TILE, 2, 4, __VA_ARGS__) break;                                     \
    case 3: OVER_OUTPUTS(TILE, 3, 2, __VA_ARGS__) break;                                     \
    MORE_TILES(TILE, __VA_ARGS__)                                                            \
    }
#if ROWS > 4
#define MORE_TILES(TILE, ...)                                                                \
    case 4: OVER_OUTPUTS(TILE, 4, 2, __VA_ARGS__) break;                                     \
    case 5: OVER_OUTPUTS(TILE, 5, 2, __VA_ARGS__) break;                                     \
    case 6: OVER_OUTPUTS(TILE, 6, 2, __VA_ARGS__) break;                                     \
    case 7: OVER_OUTPUTS(TILE, 7, 2, __VA_ARGS__) break;
#else
#define MORE_TILES(TILE, ...)
#endif

#define FLOAT_TILE(ROWS_, VECTORS, KEPT)                                                                          \
    multiply_tile(m, KEPT, x + (size_t)row * x_stride, x_stride, y + (size_t)row * y_stride, y_stride, ROWS_, VECTORS, \
                  panel, place)

TARGET static void multiply(const matrix *m, const float *x, size_t x_stride, float *y, size_t y_stride,
                            int64_t rows) {
    if (m->kept == KEEP_FLOAT) {
        IN_TILES(FLOAT_TILE, KEEP_FLOAT)
    } else if (m->kept == KEEP_DIFFERENCE) {
        IN_TILES(FLOAT_TILE, KEEP_DIFFERENCE)
    } else {
        IN_TILES(FLOAT_TILE, KEEP_HALF)
    }
}

TARGET static INLINE void multiply_bytes_tile(const matrix *m, const int8_t *x, size_t x_stride, const float *units,
                                              float *y, size_t y_stride, int rows, int vectors, int32_t panel,
                                              int32_t place) {
    VI sums[ROWS * 4];
    const int8_t *weights =
        (const int8_t *)m->weights + (size_t)panel * (size_t)m->inputs * PANEL + 4 * (size_t)place;
    UNROLL for (int v = 0; v < vectors; v++) {
        VI start = IS_SHIFTED ? vi_load(m->sums + panel * PANEL + place + v * LANES) : vi_set(0);
        UNROLL for (int r = 0; r < rows; r++) sums[r * vectors + v] = start;
    }
    for (int32_t k = 0; k < m->inputs; k += 4) {
        UNROLL for (int r = 0; r < rows; r++) {
            VX input = vx_load(x + (size_t)r * x_stride + (size_t)k);
            UNROLL for (int v = 0; v < vectors; v++) sums[r * vectors + v] =
                vi_dot(sums[r * vectors + v], input, weights + 4 * v * LANES);
        }
        weights += 4 * PANEL;
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        VF scale = v_load(m->scales + panel * PANEL + place + v * LANES);
        UNROLL for (int r = 0; r < rows; r++) {
            float *place_in_y = y + (size_t)r * y_stride + panel * PANEL + place + v * LANES;
            VF unit = v_mul(scale, v_set(units[r]));
            v_store(place_in_y, v_fma(vi_float(sums[r * vectors + v]), unit, v_load(place_in_y)));
        }
    }
}

#define BYTES_TILE(ROWS_, VECTORS, KEPT)                                                                         \
    multiply_bytes_tile(m, x + (size_t)row * x_stride, x_stride, units + row, y + (size_t)row * y_stride, y_stride, \
                        ROWS_, VECTORS, panel, place)

TARGET static void multiply_bytes(const matrix *m, const int8_t *x, size_t x_stride, const float *units, float *y,
                                  size_t y_stride, int64_t rows) {
    IN_TILES(BYTES_TILE, KEEP_INT8)
}

/* Rows of one step of an LSTM: the gates of the inputs, the states of the step before, and where the new ones go. */
typedef struct {
    const float *gates[STEP_ROWS];
    const float *before[STEP_ROWS];
    const int8_t *before_bytes[STEP_ROWS];
    float *states[STEP_ROWS];
    int8_t *bytes[STEP_ROWS];
    float *memory[STEP_ROWS];
} step_rows;

/* The gates of LANES cells from the cell `cell`, into new states. */
TARGET static INLINE void update_cells(const VF *gates, const step_rows *s, int r, int32_t cell) {
    VF one = v_set(1.0f), low = v_set(-40.0f), high = v_set(40.0f), most = v_set(30.0f), least = v_set(-30.0f);
    VF input = v_exp(v_sub(v_set(0.0f), v_min(v_max(gates[0], low), high)));
    VF forget = v_exp(v_sub(v_set(0.0f), v_min(v_max(gates[1], low), high)));
    VF new = v_exp(v_min(v_max(v_mul(gates[2], v_set(-2.0f)), least), most));
    VF output = v_exp(v_sub(v_set(0.0f), v_min(v_max(gates[3], low), high)));
    VF kept = v_div(v_load(s->memory[r] + cell), v_add(one, forget));
    VF memory = v_add(kept, v_div(v_sub(one, new), v_mul(v_add(one, input), v_add(one, new))));
    v_store(s->memory[r] + cell, memory);
    VF squashed = v_exp(v_min(v_max(v_mul(memory, v_set(-2.0f)), least), most));
    VF state = v_div(v_sub(one, squashed), v_mul(v_add(one, output), v_add(one, squashed)));
    v_store(s->states[r] + cell, state);
    if (s->bytes[r] != NULL) v_store_bytes(s->bytes[r] + cell, v_rounded(v_mul(state, v_set(127.0f))));
}

/* One step for `rows` rows; `rows` and `kept` are constants. */
TARGET static INLINE void step_tile(const lstm *l, int kept, const step_rows *s, int rows, bool is_first) {
    const matrix *m = &l->of_cells;
    for (int32_t group = 0; group < l->cells / BLOCK; group++)
        for (int32_t sub = 0; sub < BLOCK; sub += LANES) {
            VF gates[STEP_ROWS * 4];
            UNROLL for (int r = 0; r < rows; r++)
                UNROLL for (int gate = 0; gate < 4; gate++) gates[4 * r + gate] =
                    v_load(s->gates[r] + group * PANEL + gate * BLOCK + sub);
            size_t index = (size_t)group * (size_t)m->inputs * PANEL;
            if (is_first) {
            } else if (kept == KEEP_INT8) {
                VI sums[STEP_ROWS * 4];
                const int8_t *weights = (const int8_t *)m->weights + index + 4 * sub;
                UNROLL for (int gate = 0; gate < 4; gate++) {
                    VI start = IS_SHIFTED ? vi_load(m->sums + group * PANEL + gate * BLOCK + sub) : vi_set(0);
                    UNROLL for (int r = 0; r < rows; r++) sums[4 * r + gate] = start;
                }
                for (int32_t k = 0; k < m->inputs; k += 4) {
                    UNROLL for (int r = 0; r < rows; r++) {
                        VX input = vx_load(s->before_bytes[r] + k);
                        UNROLL for (int gate = 0; gate < 4; gate++) sums[4 * r + gate] =
                            vi_dot(sums[4 * r + gate], input, weights + 4 * gate * BLOCK);
                    }
                    weights += 4 * PANEL;
                }
                UNROLL for (int gate = 0; gate < 4; gate++) {
                    VF unit = v_mul(v_load(m->scales + group * PANEL + gate * BLOCK + sub), v_set(1.0f / 127.0f));
                    UNROLL for (int r = 0; r < rows; r++) gates[4 * r + gate] =
                        v_fma(vi_float(sums[4 * r + gate]), unit, gates[4 * r + gate]);
                }
            } else {
                const uint16_t *halves = (const uint16_t *)(kept == KEEP_DIFFERENCE ? m->base : m->weights) + index + sub;
                const float *floats = (const float *)m->weights + index + sub;
                const int8_t *bytes = (const int8_t *)m->weights + index + sub;
                VF steps[4];
                UNROLL for (int gate = 0; gate < 4 && kept == KEEP_DIFFERENCE; gate++) steps[gate] =
                    v_load(m->scales + group * PANEL + gate * BLOCK + sub);
                for (int32_t k = 0; k < m->inputs; k++) {
                    VF w[4];
                    UNROLL for (int gate = 0; gate < 4; gate++) w[gate] =
                        kept == KEEP_FLOAT ? v_load(floats + gate * BLOCK) : v_half(halves + gate * BLOCK);
                    UNROLL for (int gate = 0; gate < 4 && kept == KEEP_DIFFERENCE; gate++) w[gate] =
                        v_fma(v_bytes(bytes + gate * BLOCK), steps[gate], w[gate]);
                    UNROLL for (int r = 0; r < rows; r++) {
                        VF state = v_set(s->before[r][k]);
                        UNROLL for (int gate = 0; gate < 4; gate++) gates[4 * r + gate] =
                            v_fma(state, w[gate], gates[4 * r + gate]);
                    }
                    halves += PANEL;
                    floats += PANEL;
                    bytes += PANEL;
                }
            }
            UNROLL for (int r = 0; r < rows; r++) update_cells(gates + 4 * r, s, r, group * BLOCK + sub);
        }
}

#define STEP(ROWS_)                                                         \
    if (l->of_cells.kept == KEEP_HALF)                                      \
        step_tile(l, KEEP_HALF, &s, ROWS_, is_first);                       \
    else if (l->of_cells.kept == KEEP_INT8)                                 \
        step_tile(l, KEEP_INT8, &s, ROWS_, is_first);                       \
    else if (l->of_cells.kept == KEEP_DIFFERENCE)                           \
        step_tile(l, KEEP_DIFFERENCE, &s, ROWS_, is_first);                 \
    else                                                                    \
        step_tile(l, KEEP_FLOAT, &s, ROWS_, is_first)

TARGET static void recur(const lstm *l, const batch *b, bool backward, const float *gates, float *states,
                         int8_t *bytes, size_t stride, float *memory) {
    size_t cells = (size_t)l->cells;
    memset(memory, 0, (size_t)b->num_texts * cells * sizeof *memory);
    int32_t num_active = b->num_texts;
    for (int32_t step = 0; step < b->longest; step++) {
        while (num_active && b->counts[b->order[num_active - 1]] <= step) num_active--;
        bool is_first = step == 0;
        for (int32_t done = 0; done < num_active;) {
            int rows = num_active - done >= STEP_ROWS ? STEP_ROWS : 1;
            step_rows s;
            for (int r = 0; r < rows; r++) {
                int32_t text = b->order[done + r], first = b->offsets[text];
                int32_t word = backward ? first + b->counts[text] - 1 - step : first + step;
                size_t before = (size_t)(backward ? word + !is_first : word - !is_first);
                s.gates[r] = gates + (size_t)word * 4 * cells;
                s.before[r] = states + before * stride;
                s.before_bytes[r] = bytes == NULL ? NULL : bytes + before * stride;
                s.states[r] = states + (size_t)word * stride;
                s.bytes[r] = bytes == NULL ? NULL : bytes + (size_t)word * stride;
                s.memory[r] = memory + (size_t)text * cells;
            }
            if (rows == 1) {
                STEP(1);
            } else {
                STEP(STEP_ROWS);
            }
            done += rows;
        }
    }
}

TARGET static float quantise(const float *x, int8_t *bytes, int32_t size) {
    VF most = v_set(0.0f);
    for (int32_t i = 0; i < size; i += LANES) {
        VF one = v_load(x + i);
        most = v_max(most, v_max(one, v_sub(v_set(0.0f), one)));
    }
    float lanes[LANES], largest = 0;
    v_store(lanes, most);
    for (int i = 0; i < LANES; i++) largest = lanes[i] > largest ? lanes[i] : largest;
    VF factor = v_set(largest > 1e-30f ? 127.0f / largest : 0.0f);
    for (int32_t i = 0; i < size; i += LANES) v_store_bytes(bytes + i, v_rounded(v_mul(v_load(x + i), factor)));
    return largest > 1e-30f ? largest / 127.0f : 0.0f;
}

TARGET static void add_row(const tensor *table, int64_t row, float *y) {
    int64_t size = table->cols, own = own_row(table, row), i = 0;
    const uint8_t *data = table->data, *scales = table->scale;
    if (own >= 0) {
        row = own;
        data = table->own;
        scales = table->own_scale;
    } else
        row = stored_row(table, row);
    int64_t place = row * size;
    float scale = 1.0f;
    if (scales != NULL && table->scale_kind == FLOAT16) { /* as packed files have it */
        float lanes[LANES];
        uint8_t halves[2 * LANES] = {0};
        memcpy(halves, scales + 2 * row, 2);
        v_store(lanes, v_half(halves));
        scale = lanes[0];
    } else if (scales != NULL)
        scale = number_at(scales, table->scale_kind, row);
    if (table->kind == INT8) {
        const int8_t *x = (const int8_t *)data + place;
        for (; i + LANES <= size; i += LANES)
            v_store(y + i, v_fma(v_bytes(x + i), v_set(scale), v_load(y + i)));
    } else if (table->kind == FLOAT16) {
        const uint8_t *x = data + 2 * place;
        for (; i + LANES <= size; i += LANES) v_store(y + i, v_add(v_half(x + 2 * i), v_load(y + i)));
    } else if (table->kind == FLOAT32) {
        const uint8_t *x = data + 4 * place;
        for (; i + LANES <= size; i += LANES) v_store(y + i, v_add(v_load(x + 4 * i), v_load(y + i)));
    }
    for (; i < size; i++) y[i] += number_at(data, table->kind, place + i) * scale;
}

TARGET static void add_scaled(const float *x, float factor, float *y, int32_t size) {
    VF times = v_set(factor);
    for (int32_t i = 0; i < size; i += LANES) v_store(y + i, v_fma(v_load(x + i), times, v_load(y + i)));
}

TARGET static float dot(const float *x, const float *y, int32_t size) {
    VF sum = v_set(0.0f);
    for (int32_t i = 0; i < size; i += LANES) sum = v_fma(v_load(x + i), v_load(y + i), sum);
    float lanes[LANES], total = 0;
    v_store(lanes, sum);
    for (int i = 0; i < LANES; i++) total += lanes[i];
    return total;
}

static float largest_of(const float *x, int32_t size) {
    float largest = x[0];
    for (int32_t i = 1; i < size; i++) largest = x[i] > largest ? x[i] : largest;
    return largest;
}

TARGET static float log_partition(const float *emissions, int32_t num_words, size_t stride, const float *factors,
                                  const float *first, const float *end, int32_t size, int32_t width, float *scores,
                                  float *next) {
    for (int32_t i = 0; i < size; i++) scores[i] = emissions[i] + first[i];
    for (int32_t i = size; i < width; i++) scores[i] = -1e30f;
    for (int32_t word = 1; word < num_words; word++) {
        const float *emission = emissions + (size_t)word * stride;
        VF highest = v_set(largest_of(scores, size));
        for (int32_t i = 0; i < width; i += LANES) v_store(scores + i, v_exp(v_sub(v_load(scores + i), highest)));
        for (int32_t i = 0; i < width; i += LANES) {
            VF sum = v_set(0.0f);
            for (int32_t before = 0; before < size; before++)
                sum = v_fma(v_set(scores[before]), v_load(factors + (size_t)before * (size_t)width + i), sum);
            v_store(next + i, v_add(v_log(v_max(sum, v_set(1e-30f))), highest));
        }
        for (int32_t i = 0; i < size; i++) scores[i] = next[i] + emission[i];
        for (int32_t i = size; i < width; i++) scores[i] = -1e30f;
    }
    for (int32_t i = 0; i < size; i++) scores[i] += end[i];
    float highest = largest_of(scores, size), total = 0;
    for (int32_t i = 0; i < width; i += LANES)
        v_store(scores + i, v_exp(v_sub(v_load(scores + i), v_set(highest))));
    for (int32_t i = 0; i < size; i++) total += scores[i];
    return logf(total) + highest;
}

TARGET static void best_scores(const float *emissions, int32_t num_words, const float *between, const float *start,
                               int32_t num_tags, int32_t width, float *scores) {
    VF lowest = v_set(LOWEST); /* of a sequence that is not valid */
    for (int32_t i = 0; i < width; i += LANES) v_store(scores + i, v_add(v_load(emissions + i), v_load(start + i)));
    for (int32_t word = 1; word < num_words; word++) {
        const float *before = scores + (size_t)(word - 1) * (size_t)width;
        for (int32_t i = 0; i < width; i += LANES) {
            VF best = v_add(v_set(before[0]), v_load(between + i));
            for (int32_t tag = 1; tag < num_tags; tag++)
                best = v_max(best, v_add(v_set(before[tag]), v_load(between + (size_t)tag * (size_t)width + i)));
            VF score = v_max(v_add(best, v_load(emissions + (size_t)word * (size_t)width + i)), lowest);
            v_store(scores + (size_t)word * (size_t)width + i, score);
        }
    }
}

#include "cells.inc.h"

#define INSTRUCTIONS(NAME)                                                                                        \
    {                                                                                                             \
        .name = NAME, .multiply = multiply, .multiply_bytes = multiply_bytes, .recur = recur, .quantise = quantise, \
        .add_row = add_row, .add_scaled = add_scaled, .dot = dot, .log_partition = log_partition,                  \
        .best_scores = best_scores, .step_cells = step_cells, .step_cells_back = step_cells_back                   \
    }
