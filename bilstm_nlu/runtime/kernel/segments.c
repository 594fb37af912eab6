/* Where the segments of a text with several intents start: see `segment_heads_bilstm_nlu.py`. */
#include "kernel.h"

/* Floats that `find_starts` needs for a batch. */
size_t room_for_starts(const model *m, int32_t num_words) {
    return (size_t)num_words * (size_t)(m->segmentation.state + m->segmentation.padded);
}

/* The log-odds that a segment starts at each word, of the states of the shared stack and the rows of the words. */
void find_starts(const model *m, const batch *b, const float *states, const float *const *known, float *room,
                 float *starts) {
    const segmentation *s = &m->segmentation;
    size_t cells = 2 * (size_t)m->shared.cells, state = (size_t)s->state, hidden = (size_t)s->padded;
    size_t words = (size_t)b->num_words;
    float *inputs = room, *outputs = room + words * state;
    for (size_t word = 0; word < words; word++) {
        memcpy(inputs + word * state, states + word * cells, cells * sizeof *inputs);
        memcpy(inputs + word * state + cells, known[word], (state - cells) * sizeof *inputs);
        memcpy(outputs + word * hidden, s->bias, hidden * sizeof *outputs);
    }
    m->run->multiply(&s->of_own, inputs, state, outputs, hidden, b->num_words);
    for (int32_t text = 0; text < b->num_texts; text++) {
        size_t first = (size_t)b->offsets[text];
        if (b->counts[text] > 1)
            m->run->multiply(&s->of_before, inputs + first * state, state, outputs + (first + 1) * hidden, hidden,
                             b->counts[text] - 1);
    }
    for (size_t word = 0; word < words; word++) {
        float *row = outputs + word * hidden;
        for (int32_t i = 0; i < s->hidden; i++) row[i] = tanhf(row[i]);
        starts[word] = s->start_bias + m->run->dot(row, s->start, s->padded);
    }
}
