/* Where the segments of a text with several intents start: see `segment_heads_bilstm_nlu.py`. */
#include "kernel.h"

/* Floats that `find_starts` needs for a batch. */
size_t room_for_starts(const model *m, int32_t num_words) {
    return (size_t)num_words * (size_t)(m->segmentation.state + padded_to(2 * m->segmentation.hidden, HEAD));
}

/* The log-odds that a segment starts at each word, of the states of the shared stack and the rows of the words. */
void find_starts(const model *m, const batch *b, const float *states, const float *const *known, float *room,
                 float *starts) {
    const segmentation *s = &m->segmentation;
    size_t cells = 2 * (size_t)m->shared.cells, state = (size_t)s->state, width = (size_t)padded_to(2 * s->hidden, HEAD);
    size_t words = (size_t)b->num_words;
    float *inputs = room, *outputs = room + words * state;
    for (size_t word = 0; word < words; word++) {
        memcpy(inputs + word * state, states + word * cells, cells * sizeof *inputs);
        memcpy(inputs + word * state + cells, known[word], (state - cells) * sizeof *inputs);
    }
    memset(outputs, 0, words * width * sizeof *outputs);
    m->run->multiply(&s->of_states, inputs, state, outputs, width, b->num_words);
    for (int32_t text = 0; text < b->num_texts; text++)
        for (int32_t place = 0; place < b->counts[text]; place++) {
            size_t word = (size_t)(b->offsets[text] + place);
            float *row = outputs + word * width;
            for (int32_t i = 0; i < s->hidden; i++) {
                float of_before = place ? row[i + s->hidden - (int64_t)width] : 0;
                row[i] = tanhf(s->bias[i] + row[i] + of_before);
            }
            starts[word] = s->start_bias + m->run->dot(row, s->start, s->padded);
        }
}
