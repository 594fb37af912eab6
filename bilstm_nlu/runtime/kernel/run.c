/* Compute the network for a batch of texts. */
#include "plan.h"

/* What a call needs beyond the words of its texts. */
typedef struct {
    int64_t *keys;
    const float **known;  /* (words): the row of each word */
    float *fresh;         /* (fresh words, known size) */
    int32_t *fresh_words; /* (fresh words) */
    float *vector_units;
    int8_t *vector_bytes;
    uint8_t *marks, *own, *longest;
    stack_room shared, intent, slot;
    float *pooled, *intent_logits, *slot_logits, *for_scores, *for_tags;
    int32_t *other_tags;
    float *whole, *z, *raw_logits, *decisions; /* for the decision */
    float *for_starts, *starts, *wholes;
    float *scores, *probabilities, *all_pooled, *all_states, *all_logits; /* results without padding */
    int32_t *tags;
} room;

static void take_states(arena *a, const model *m, const stack *s, const batch *b, stack_room *r) {
    size_t size = (size_t)b->num_words * 2 * (size_t)s->cells;
    for (int i = 0; i < 2; i++) {
        bool is_needed = i == 0 || s->num_layers > 1;
        r->states[i] = is_needed ? take(a, size, sizeof(float)) : NULL;
        r->bytes[i] = is_needed && m->kept == KEEP_INT8 ? take(a, size, 1) : NULL;
    }
}

static void take_room(arena *a, const model *m, const batch *b, int64_t flags, room *r) {
    size_t words = (size_t)b->num_words, texts = (size_t)b->num_texts, catalogs = (size_t)m->num_catalogs;
    size_t longest = (size_t)b->longest, intents = (size_t)m->num_intents, vector = (size_t)m->vector;
    size_t word_size = (size_t)(m->word_dim + m->ngram_dim);
    int32_t most = m->shared.cells > m->intent.cells ? m->shared.cells : m->intent.cells;
    size_t cells = (size_t)(most > m->slot.cells ? most : m->slot.cells);
    r->scores = take(a, texts * intents, sizeof(float));
    r->probabilities = take(a, texts * intents, sizeof(float));
    r->tags = take(a, words, sizeof(int32_t));
    r->decisions = take(a, texts, sizeof(float));
    r->whole = take(a, texts, sizeof(float));
    int32_t for_z = m->decision.dims ? padded_to(m->decision.dims, HEAD) + m->decision.inputs : 0;
    r->z = take(a, (size_t)for_z, sizeof(float));
    r->raw_logits = take(a, m->decision.dims ? texts * (size_t)m->padded_intents : 0, sizeof(float));
    bool splits = flags & (WITH_STARTS | WHOLES_ONLY);
    r->starts = take(a, flags & WITH_STARTS ? words : 0, sizeof(float));
    r->for_starts = take(a, flags & WITH_STARTS ? room_for_starts(m, b->num_words) : 0, sizeof(float));
    r->wholes = take(a, splits ? texts : 0, sizeof(float));
    bool with_states = flags & WITH_STATES, with_logits = flags & WITH_SLOT_LOGITS;
    size_t pooled = 2 * (size_t)m->intent.hidden + (m->is_wide ? word_size : 0);
    r->all_pooled = take(a, with_states ? texts * pooled : 0, sizeof(float));
    r->all_states = take(a, with_states ? words * 2 * (size_t)m->slot.hidden : 0, sizeof(float));
    r->all_logits = take(a, with_logits ? words * (size_t)m->num_tags : 0, sizeof(float));
    r->keys = take(a, words, sizeof(int64_t));
    r->known = take(a, words, sizeof *r->known);
    r->fresh = take(a, words * (size_t)m->known_size, sizeof(float));
    r->fresh_words = take(a, words, sizeof(int32_t));
    r->vector_bytes = take(a, m->kept == KEEP_INT8 ? words * vector : 0, 1);
    r->vector_units = take(a, words, sizeof(float));
    r->marks = take(a, words * (2 * catalogs + 2), 1);
    r->own = take(a, 2 * longest * (catalogs + 1), 1);
    r->longest = take(a, longest * (catalogs + 1), 1);
    take_states(a, m, &m->shared, b, &r->shared);
    take_states(a, m, &m->intent, b, &r->intent);
    take_states(a, m, &m->slot, b, &r->slot);
    r->shared.gates = r->intent.gates = r->slot.gates = take(a, words * 4 * cells, sizeof(float));
    r->shared.memory = r->intent.memory = r->slot.memory = take(a, texts * cells, sizeof(float));
    r->shared.units = r->intent.units = r->slot.units = take(a, words, sizeof(float));
    r->pooled = take(a, texts * (2 * (size_t)m->intent.cells + vector), sizeof(float));
    r->intent_logits = take(a, texts * (size_t)m->padded_intents, sizeof(float));
    r->slot_logits = take(a, words * (size_t)m->padded_tags, sizeof(float));
    r->for_scores = take(a, room_for_scores(m, b->num_words, b->num_texts), sizeof(float));
    r->for_tags = take(a, room_for_tags(m, b->longest), sizeof(float));
    r->other_tags = take(a, longest, sizeof(int32_t));
}

/* The products of the vectors of fresh words with the weights of a stack. */
static void multiply_vectors(const model *m, const stack *s, room *r, int32_t num_fresh) {
    size_t row = (size_t)m->known_size;
    for (int direction = 0; direction < 2; direction++) {
        const lstm *l = &s->layers[0][direction];
        if (!l->has_vectors) continue;
        float *products = r->fresh + l->known_place;
        if (m->kept == KEEP_INT8)
            m->run->multiply_bytes(&l->of_vectors, r->vector_bytes, (size_t)m->vector, r->vector_units, products, row,
                                   num_fresh);
        else
            m->run->multiply(&l->of_vectors, r->fresh, row, products, row, num_fresh);
    }
}

/* Find the rows of all words, and compute those that are not remembered; return the number of these. */
static int32_t embed(const model *m, const batch *b, const call *c, room *r) {
    int32_t num_fresh = find_known(m, c->memory, b, r->keys, r->fresh, r->known, r->fresh_words);
    memset(r->fresh, 0, (size_t)num_fresh * (size_t)m->known_size * sizeof(float));
    for (int32_t i = 0; i < num_fresh; i++) {
        float *row = r->fresh + (size_t)i * (size_t)m->known_size;
        int32_t word = r->fresh_words[i];
        if (m->word_dim)
            m->run->add_row(&m->words, find_row(&m->table, r->keys[word]), row);
        if (m->ngram_dim)
            add_ngrams(m, b->ids + b->firsts[word], b->firsts[word + 1] - b->firsts[word], row + m->word_dim);
        if (m->kept == KEEP_INT8)
            r->vector_units[i] = m->run->quantise(row, r->vector_bytes + (size_t)i * (size_t)m->vector, m->vector);
    }
    multiply_vectors(m, &m->shared, r, num_fresh);
    multiply_vectors(m, &m->intent, r, num_fresh);
    multiply_vectors(m, &m->slot, r, num_fresh);
    return num_fresh;
}

/* The catalog matches of all words; whether there are any. */
static bool mark(const model *m, const batch *b, const call *c, room *r) {
    size_t catalogs = (size_t)m->num_catalogs, width = 2 * catalogs + 2, found = catalogs + (c->more.count > 0);
    if (!found) return false;
    bool has_any = false;
    for (int32_t text = 0; text < b->num_texts; text++) {
        size_t first = (size_t)b->offsets[text], count = (size_t)b->counts[text];
        find_matches(m, &c->more, r->keys + first, b->counts[text], r->longest, r->own);
        for (size_t word = 0; word < count; word++) {
            uint8_t *marks = r->marks + (first + word) * width;
            for (size_t part = 0; part < 2; part++) { /* starts a value, continues one */
                const uint8_t *own = r->own + (2 * word + part) * found;
                uint8_t *any = marks + 2 * catalogs + part;
                *any = 0;
                memcpy(marks + part * catalogs, own, catalogs);
                for (size_t i = 0; i < found; i++) *any |= own[i];
                has_any = has_any || *any;
            }
        }
    }
    return has_any;
}

static void pool_states(const model *m, const float *states, int32_t count, float *weights, float *pooled) {
    size_t cells = (size_t)m->intent.cells, width = 2 * cells;
    memset(pooled, 0, width * sizeof *pooled);
    if (m->pooling == BY_ATTENTION) {
        float highest = -INFINITY, total = 0;
        for (int32_t word = 0; word < count; word++) {
            weights[word] = m->run->dot(states + (size_t)word * width, m->attention, (int32_t)width);
            if (weights[word] > highest) highest = weights[word];
        }
        for (int32_t word = 0; word < count; word++) total += weights[word] = expf(weights[word] - highest);
        for (int32_t word = 0; word < count; word++)
            m->run->add_scaled(states + (size_t)word * width, weights[word] / total, pooled, (int32_t)width);
    } else if (m->pooling == BY_MAX) {
        memcpy(pooled, states, width * sizeof *pooled);
        for (int32_t word = 1; word < count; word++)
            for (size_t i = 0; i < width; i++)
                pooled[i] = states[(size_t)word * width + i] > pooled[i] ? states[(size_t)word * width + i] : pooled[i];
    } else if (m->pooling == BY_MEAN) {
        for (int32_t word = 0; word < count; word++)
            m->run->add_scaled(states + (size_t)word * width, 1.0f / (float)count, pooled, (int32_t)width);
    } else { /* the forward half of the last word, the backward half of the first one */
        memcpy(pooled, states + (size_t)(count - 1) * width, cells * sizeof *pooled);
        memcpy(pooled + cells, states + cells, cells * sizeof *pooled);
    }
}

/* The inputs of the intent head, and its scores. */
static void run_intent_head(const model *m, const batch *b, const call *c, room *r) {
    size_t states = 2 * (size_t)m->intent.cells, width = states + (m->is_wide ? (size_t)m->vector : 0);
    for (int32_t text = 0; text < b->num_texts; text++) {
        float *pooled = r->pooled + (size_t)text * width;
        size_t first = (size_t)b->offsets[text];
        memset(pooled, 0, width * sizeof *pooled);
        memcpy(r->intent_logits + (size_t)text * (size_t)m->padded_intents, m->intent_bias,
               (size_t)m->padded_intents * sizeof(float));
        if (!b->counts[text]) continue;
        pool_states(m, r->intent.states[0] + first * states, b->counts[text], r->vector_units + first, pooled);
        if (!m->is_wide) continue;
        float factor = 1.0f / sqrtf((float)b->counts[text]);
        for (int32_t word = 0; word < b->counts[text]; word++)
            m->run->add_scaled(r->known[first + (size_t)word], factor, pooled + states, m->vector);
    }
    m->run->multiply(&m->intent_head, r->pooled, width, r->intent_logits, (size_t)m->padded_intents, b->num_texts);
    for (int32_t text = 0; c->allowed != NULL && text < b->num_texts; text++)
        for (int32_t intent = 0; intent < m->num_intents; intent++)
            if (!c->allowed[intent])
                r->intent_logits[(size_t)text * (size_t)m->padded_intents + (size_t)intent] = -INFINITY;
}

static void run_stacks(const model *m, const batch *b, const call *c, room *r) {
    bool has_marks = mark(m, b, c, r);
    stack_inputs given = {.known = r->known};
    for (int32_t word = 0; word < b->num_words; word++) r->shared.units[word] = 1.0f / 127.0f;
    run_stack(m, &m->shared, b, &given, &r->shared);
    given.states = r->shared.states[0];
    given.bytes = r->shared.bytes[0];
    given.stride = 2 * (size_t)m->shared.cells;
    given.marks = has_marks ? r->marks : NULL;
    run_stack(m, &m->intent, b, &given, &r->intent);
    if (!(c->flags & WHOLES_ONLY)) run_stack(m, &m->slot, b, &given, &r->slot);
}

static void run_slot_head(const model *m, const batch *b, room *r) {
    size_t tags = (size_t)m->padded_tags;
    for (int32_t word = 0; word < b->num_words; word++)
        memcpy(r->slot_logits + (size_t)word * tags, m->slot_bias, tags * sizeof(float));
    m->run->multiply(&m->slot_head, r->slot.states[0], 2 * (size_t)m->slot.cells, r->slot_logits, tags, b->num_words);
}

static void decode(const model *m, const batch *b, room *r) {
    size_t width = 2 * (size_t)m->intent.cells + (m->is_wide ? (size_t)m->vector : 0);
    if (m->decision.dims)
        memcpy(r->raw_logits, r->intent_logits,
               (size_t)b->num_texts * (size_t)m->padded_intents * sizeof *r->raw_logits);
    score_intents(m, b, r->slot_logits, r->intent_logits, r->whole, r->for_scores);
    for (int32_t text = 0; text < b->num_texts; text++) {
        size_t intents = (size_t)m->num_intents, first = (size_t)b->offsets[text];
        float *scores = r->scores + (size_t)text * intents, *probabilities = r->probabilities + (size_t)text * intents;
        memcpy(scores, r->intent_logits + (size_t)text * (size_t)m->padded_intents, intents * sizeof *scores);
        int32_t best = 0;
        for (int32_t intent = 0; intent < m->num_intents; intent++) {
            probabilities[intent] = expf(scores[intent]);
            if (scores[intent] > scores[best]) best = intent;
        }
        r->decisions[text] = 0;
        if (!b->counts[text]) continue;
        const float *slot_logits = r->slot_logits + first * (size_t)m->padded_tags;
        decode_slots(m, slot_logits, b->counts[text], best, r->tags + first, r->other_tags, r->for_tags);
        if (m->decision.dims)
            r->decisions[text] =
                decide(m, r->pooled + (size_t)text * width, r->raw_logits + (size_t)text * (size_t)m->padded_intents,
                       scores, r->keys + first, r->tags + first, b->counts[text],
                       tag_cost(m, slot_logits, r->tags + first, b->counts[text], r->whole[text]), r->z);
    }
}

/* Copy rows of the states of two directions, and of `more` numbers after them, without the padding. */
static void copy_unpadded(const float *from, size_t stride, const stack *s, size_t more, size_t rows, float *to) {
    size_t hidden = (size_t)s->hidden, cells = (size_t)s->cells;
    for (size_t row = 0; row < rows; row++, from += stride) {
        memcpy(to, from, hidden * sizeof *to);
        memcpy(to + hidden, from + cells, hidden * sizeof *to);
        memcpy(to + 2 * hidden, from + 2 * cells, more * sizeof *to);
        to += 2 * hidden + more;
    }
}

/* The log-odds that each text is one whole utterance. */
static void find_wholes(const model *m, const batch *b, room *r) {
    int32_t width = m->intent_head.inputs;
    for (int32_t text = 0; text < b->num_texts; text++)
        r->wholes[text] = m->segmentation.whole_bias +
                          m->run->dot(r->pooled + (size_t)text * (size_t)width, m->segmentation.whole, width);
}

static int64_t check_call(const model *m, const call *c) {
    if (c->num_texts < 1 || c->num_texts > INT32_MAX / 64 || c->max_bytes < 1 || c->max_bytes > INT32_MAX / 64)
        return WRONG_CALL;
    for (int64_t text = 0; text < c->num_texts; text++)
        if (c->offsets[text] < 0 || c->offsets[text + 1] < c->offsets[text] || c->offsets[text + 1] > INT32_MAX / 64)
            return WRONG_CALL;
    bool splits = c->flags & (WITH_STARTS | WHOLES_ONLY);
    return c->more.count < 0 || (splits && !m->segmentation.hidden) ? WRONG_CALL : 0;
}

int64_t kernel_run(const model *m, call *c, uint8_t *workspace, int64_t size) {
    batch b = {0};
    room r;
    int64_t error = check_call(m, c);
    if (error) return error;
    uint8_t *start = workspace + (64 - (uintptr_t)workspace % 64) % 64;
    size_t available = size < 64 ? 0 : (size_t)size - (size_t)(start - workspace);
    arena a = {start, 0};
    size_t texts = (size_t)c->num_texts, num_bytes = (size_t)(c->offsets[c->num_texts] - c->offsets[0]);
    b.num_texts = (int32_t)c->num_texts;
    b.counts = take(&a, texts, sizeof(int32_t));
    b.offsets = take(&a, texts, sizeof(int32_t));
    b.bytes = take(&a, texts, sizeof(int32_t));
    b.order = take(&a, texts, sizeof(int32_t));
    b.spans = take(&a, 2 * num_bytes, sizeof(int32_t));
    b.firsts = take(&a, num_bytes + 1, sizeof(int32_t));
    b.ids = take(&a, num_bytes, sizeof(uint16_t));
    if (a.used > available) return (int64_t)a.used + 64;
    split_texts(m, c->texts, c->offsets, (int32_t)c->max_bytes, &b);
    c->num_words = b.num_words;
    c->counts = (uint8_t *)b.counts - workspace;
    c->bytes = (uint8_t *)b.bytes - workspace;
    c->spans = (uint8_t *)b.spans - workspace;
    take_room(&a, m, &b, c->flags, &r);
    if (a.used > available) return (int64_t)a.used + 64;
    find_word_keys(&b, r.keys);
    int32_t num_fresh = embed(m, &b, c, &r);
    run_stacks(m, &b, c, &r);
    run_intent_head(m, &b, c, &r);
    if (c->flags & WITH_STARTS) find_starts(m, &b, r.shared.states[0], r.known, r.for_starts, r.starts);
    if (c->flags & (WITH_STARTS | WHOLES_ONLY)) find_wholes(m, &b, &r);
    if (!(c->flags & WHOLES_ONLY)) {
        run_slot_head(m, &b, &r);
        decode(m, &b, &r);
    }
    remember(m, c->memory, &b, r.keys, r.fresh, r.fresh_words, num_fresh);
    size_t more = m->is_wide ? (size_t)(m->word_dim + m->ngram_dim) : 0;
    if (c->flags & WITH_STATES) {
        size_t width = 2 * (size_t)m->intent.cells + (m->is_wide ? (size_t)m->vector : 0);
        copy_unpadded(r.pooled, width, &m->intent, more, texts, r.all_pooled);
        copy_unpadded(r.slot.states[0], 2 * (size_t)m->slot.cells, &m->slot, 0, (size_t)b.num_words, r.all_states);
    }
    if (c->flags & WITH_SLOT_LOGITS)
        for (size_t word = 0; word < (size_t)b.num_words; word++)
            memcpy(r.all_logits + word * (size_t)m->num_tags, r.slot_logits + word * (size_t)m->padded_tags,
                   (size_t)m->num_tags * sizeof(float));
    c->scores = (uint8_t *)r.scores - workspace;
    c->probabilities = (uint8_t *)r.probabilities - workspace;
    c->tags = (uint8_t *)r.tags - workspace;
    c->decisions = (uint8_t *)r.decisions - workspace;
    c->starts = (uint8_t *)r.starts - workspace;
    c->wholes = (uint8_t *)r.wholes - workspace;
    c->pooled = (uint8_t *)r.all_pooled - workspace;
    c->slot_states = (uint8_t *)r.all_states - workspace;
    c->slot_logits = (uint8_t *)r.all_logits - workspace;
    return 0;
}

/* Python's loader of extensions looks for this name when the library is linked on Windows; nothing calls it. */
EXPORTED void *PyInit__kernel(void);
EXPORTED void *PyInit__kernel(void) { return NULL; }
