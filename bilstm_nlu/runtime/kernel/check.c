/* Compare instructions with plain C on small numbers: a compiler or an emulator may have a fault. */
#include "plan.h"

enum { CELLS = BLOCK, WORDS_OF_CHECK = 3, NUM_TEXTS = 2 };

static float drawn(uint32_t *seed) { /* from -1 to 1 */
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(int32_t)(*seed >> 8) / 8388608.0f - 1.0f;
}

static bool differ(const float *x, const float *y, int size) {
    for (int i = 0; i < size; i++)
        if (!(fabsf(x[i] - y[i]) <= 1e-4f * (1.0f + fabsf(y[i])))) return true;
    return false;
}

/* What both compute: a layer in each way of keeping weights, the scores of sequences, and a
 * step of training. */
static void compute(const instructions *run, int32_t kept, float *results) {
    static const int32_t counts[NUM_TEXTS] = {2, 1}, offsets[NUM_TEXTS] = {0, 2}, order[NUM_TEXTS] = {0, 1};
    uint32_t seed = 7;
    int8_t whole[CELLS * PANEL], bytes[WORDS_OF_CHECK * CELLS];
    uint16_t halves[CELLS * PANEL];
    float floats[CELLS * PANEL], scales[PANEL], units[WORDS_OF_CHECK], memory[NUM_TEXTS * CELLS];
    float gates[WORDS_OF_CHECK * PANEL], states[WORDS_OF_CHECK * CELLS], room[2 * PANEL];
    int32_t sums[PANEL] = {0};
    for (int i = 0; i < CELLS * PANEL; i++) {
        float value = drawn(&seed);
        halves[i] = float_to_half(value);
        floats[i] = half_to_float(halves[i]);
        whole[i] = (int8_t)(127.0f * value);
        sums[i % (4 * PANEL) / 4] -= 128 * whole[i];
    }
    for (int i = 0; i < PANEL; i++) scales[i] = 1.0f / 127.0f;
    for (int i = 0; i < WORDS_OF_CHECK * PANEL; i++) gates[i] = drawn(&seed);
    for (int i = 0; i < WORDS_OF_CHECK * CELLS; i++) states[i] = drawn(&seed);
    matrix m = {.inputs = CELLS, .outputs = PANEL, .kept = kept, .base = halves, .scales = scales, .sums = sums};
    m.weights = kept == KEEP_FLOAT ? (void *)floats : kept == KEEP_HALF ? (void *)halves : (void *)whole;
    lstm l = {.cells = CELLS, .of_cells = m};
    batch b = {.num_texts = NUM_TEXTS, .num_words = WORDS_OF_CHECK, .longest = 2, .counts = (int32_t *)counts,
               .offsets = (int32_t *)offsets, .order = (int32_t *)order};
    if (kept == KEEP_INT8) {
        for (int word = 0; word < WORDS_OF_CHECK; word++)
            units[word] = run->quantise(states + word * CELLS, bytes + word * CELLS, CELLS);
        run->multiply_bytes(&m, bytes, CELLS, units, gates, PANEL, WORDS_OF_CHECK);
    } else
        run->multiply(&m, states, CELLS, gates, PANEL, WORDS_OF_CHECK);
    run->recur(&l, &b, true, gates, states, kept == KEEP_INT8 ? bytes : NULL, CELLS, memory);
    run->best_scores(gates, 2, floats, scales, PANEL / 2, PANEL / 2, room);
    memcpy(results, gates, sizeof gates);
    memcpy(results + WORDS_OF_CHECK * PANEL, states, sizeof states);
    memcpy(results + WORDS_OF_CHECK * (PANEL + CELLS), room, PANEL * sizeof(float));
    float *more = results + WORDS_OF_CHECK * (PANEL + CELLS) + PANEL + 1;
    memcpy(more, gates, PANEL * sizeof(float));
    run->step_cells(more, states, more + PANEL, more + PANEL + CELLS, CELLS);
    memcpy(more + PANEL + 2 * CELLS, more, PANEL * sizeof(float));
    memcpy(more + 2 * PANEL + 2 * CELLS, memory, CELLS * sizeof(float));
    run->step_cells_back(more + PANEL + 2 * CELLS, states, more + PANEL, states, more + PANEL + CELLS,
                         more + 2 * PANEL + 2 * CELLS, CELLS);
    for (int i = 0; i < CELLS * PANEL; i++) floats[i] = fabsf(floats[i]);
    results[WORDS_OF_CHECK * (PANEL + CELLS) + PANEL] =
        run->log_partition(gates, 2, PANEL, floats, scales, scales, BLOCK - 1, BLOCK, room, room + PANEL);
}

int64_t kernel_check(int64_t number) {
    enum { SIZE = WORDS_OF_CHECK * (PANEL + CELLS) + PANEL + 1 + 2 * PANEL + 3 * CELLS };
    float found[SIZE], expected[SIZE];
    const instructions *run = instructions_of(number);
    if (run == NULL) return 0;
    for (int32_t kept = KEEP_HALF; kept <= KEEP_DIFFERENCE; kept++) {
        compute(run, kept, found);
        compute(&PLAIN, kept, expected);
        if (differ(found, expected, SIZE)) return 0;
    }
    return 1;
}
