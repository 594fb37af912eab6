/* Run a stack of bidirectional LSTMs over the words of a batch. */
#include "kernel.h"

/* The part of the gates that does not depend on the words: biases, and what catalog matches add. */
static void start_gates(const model *m, const lstm *l, const batch *b, const uint8_t *marks, float *gates) {
    int32_t size = 4 * l->cells, num_marks = 2 * m->num_catalogs + 2;
    for (int32_t word = 0; word < b->num_words; word++) {
        float *row = gates + (size_t)word * (size_t)size;
        memcpy(row, l->bias, (size_t)size * sizeof *row);
        if (marks == NULL || l->marks == NULL) continue;
        const uint8_t *of_word = marks + (size_t)word * (size_t)num_marks;
        for (int32_t mark = 0; mark < num_marks; mark++)
            if (of_word[mark]) m->run->add_scaled(l->marks + (size_t)mark * (size_t)size, 1.0f, row, size);
    }
}

void run_stack(const model *m, const stack *s, const batch *b, const stack_inputs *given, const stack_room *room) {
    const float *inputs = given->states;
    const int8_t *input_bytes = given->bytes;
    size_t stride = given->stride;
    for (int32_t layer = 0; layer < s->num_layers; layer++) {
        float *states = room->states[(s->num_layers - 1 - layer) % 2];
        int8_t *bytes = room->bytes[(s->num_layers - 1 - layer) % 2];
        size_t width = 2 * (size_t)s->cells;
        for (int direction = 0; direction < 2; direction++) {
            const lstm *l = &s->layers[layer][direction];
            size_t size = 4 * (size_t)l->cells;
            start_gates(m, l, b, layer == 0 ? given->marks : NULL, room->gates);
            if (m->kept == KEEP_INT8) {
                if (l->has_states)
                    m->run->multiply_bytes(&l->of_states, input_bytes, stride, room->units, room->gates, size,
                                           b->num_words);
            } else if (l->has_states)
                m->run->multiply(&l->of_states, inputs, stride, room->gates, size, b->num_words);
            for (int32_t word = 0; l->has_vectors && word < b->num_words; word++)
                m->run->add_scaled(given->known[word] + l->known_place, 1.0f, room->gates + (size_t)word * size,
                                   (int32_t)size);
            size_t offset = direction ? (size_t)l->cells : 0;
            m->run->recur(l, b, direction == 1, room->gates, states + offset,
                          bytes == NULL ? NULL : bytes + offset, width, room->memory);
        }
        inputs = states;
        input_bytes = bytes;
        stride = width;
    }
}
