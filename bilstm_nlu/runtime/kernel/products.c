/* The matrix products of a text alone: the limit that `scripts/benchmarks/latency.py` compares the whole call with. */
#include "plan.h"

typedef struct {
    float *x, *y, *units;
    int8_t *bytes;
} room;

static void multiply(const model *m, const matrix *weights, const room *r, int64_t rows, size_t stride) {
    size_t inputs = (size_t)weights->inputs;
    if (weights->kept == KEEP_INT8)
        m->run->multiply_bytes(weights, r->bytes, inputs, r->units, r->y, stride, rows);
    else
        m->run->multiply(weights, r->x, inputs, r->y, stride, rows);
}

static void multiply_stack(const model *m, const stack *s, const room *r, int64_t num_words, bool with_vectors) {
    for (int32_t layer = 0; layer < s->num_layers; layer++)
        for (int direction = 0; direction < 2; direction++) {
            const lstm *l = &s->layers[layer][direction];
            size_t stride = 4 * (size_t)l->cells;
            if (l->has_states) multiply(m, &l->of_states, r, num_words, stride);
            if (l->has_vectors && with_vectors) multiply(m, &l->of_vectors, r, num_words, stride);
            for (int64_t word = 1; word < num_words; word++) multiply(m, &l->of_cells, r, 1, stride);
        }
}

int64_t kernel_products(const model *m, int64_t num_words, int64_t with_vectors, uint8_t *workspace, int64_t size) {
    arena a = {workspace + (64 - (uintptr_t)workspace % 64) % 64, 0};
    int32_t most = m->padded_tags > m->padded_intents ? m->padded_tags : m->padded_intents;
    if (most < m->intent_head.inputs) most = m->intent_head.inputs;
    const stack *stacks[] = {&m->shared, &m->intent, &m->slot};
    for (int i = 0; i < 3; i++) most = 4 * stacks[i]->cells > most ? 4 * stacks[i]->cells : most;
    if (num_words < 1 || num_words > INT32_MAX / 64) return WRONG_CALL;
    size_t count = (size_t)num_words * (size_t)most;
    room r = {.x = take(&a, count, sizeof(float)), .y = take(&a, count, sizeof(float))};
    r.units = take(&a, (size_t)num_words, sizeof(float));
    r.bytes = take(&a, count, 1);
    if ((int64_t)a.used + 64 > size) return (int64_t)a.used + 64;
    for (int i = 0; i < 3; i++) multiply_stack(m, stacks[i], &r, num_words, with_vectors != 0);
    multiply(m, &m->intent_head, &r, 1, (size_t)m->padded_intents);
    multiply(m, &m->slot_head, &r, num_words, (size_t)m->padded_tags);
    return 0;
}
