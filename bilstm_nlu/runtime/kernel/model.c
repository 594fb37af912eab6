/* Make a model of the tensors of a checkpoint: matrices in panels, and all that does not depend on a text. */
#include "plan.h"

const instructions *instructions_of(int64_t number) {
    const instructions *found[] = {NULL, &PLAIN, avx2_instructions(), avx512_instructions(), neon_instructions()};
    if (number > 0) return number < 5 ? found[number] : NULL;
    for (int i = 4; i > 0; i--)
        if (found[i] != NULL) return found[i];
    return NULL;
}

int64_t kernel_instructions(void) {
    int64_t sum = 0;
    for (int64_t i = 1; i < 5; i++)
        if (instructions_of(i) != NULL) sum += (int64_t)1 << i;
    return sum;
}

/* How rows or columns of a tensor are spread over padded ones. */
typedef struct {
    int32_t hidden, cells; /* of an LSTM; 0: the numbers stay where they are */
    bool is_gates;         /* gates of cells; else states of two directions, and then other numbers */
    int32_t first;         /* with 0 hidden: the place of the first number */
} spread;

static int32_t place_of(spread s, int32_t index) {
    if (!s.hidden) return s.first + index;
    if (!s.is_gates) {
        if (index < s.hidden) return index;
        return index < 2 * s.hidden ? s.cells + index - s.hidden : 2 * s.cells + index - 2 * s.hidden;
    }
    int32_t gate = index / s.hidden, cell = index % s.hidden;
    return cell / BLOCK * PANEL + gate * BLOCK + cell % BLOCK;
}

/* The first column and the number of columns of a tensor that a matrix has. */
typedef struct {
    int32_t first, count;
} columns;

/* Fill in the outputs that are the rows of a tensor. */
static int fill_matrix(matrix *m, const tensor *t, columns of, spread in, spread out) {
    int32_t kept = m->kept;
    size_t inputs = (size_t)m->inputs;
    for (int64_t row = 0; row < t->rows; row++) {
        int32_t output = place_of(out, (int32_t)row), sum = 0;
        size_t panel = (size_t)(output / PANEL) * inputs * PANEL, lane = (size_t)output % PANEL;
        int64_t start = row * t->cols + of.first;
        float most = 0, factor = 0;
        if (kept == KEEP_INT8) {
            for (int32_t i = 0; i < of.count; i++) most = fmaxf(most, fabsf(value_at(t, start + i)));
            m->scales[output] = most / 127.0f;
            factor = most > 1e-30f ? 127.0f / most : 0;
        } else if (kept == KEEP_DIFFERENCE)
            m->scales[output] = number_at(t->scale, t->scale_kind, row);
        for (int32_t i = 0; i < of.count; i++) {
            size_t k = (size_t)place_of(in, i);
            if (kept == KEEP_HALF && t->kind == FLOAT16) {
                memcpy((uint16_t *)m->weights + panel + k * PANEL + lane, t->data + 2 * (start + i), 2);
                continue;
            }
            if (kept == KEEP_DIFFERENCE) {
                ((int8_t *)m->weights)[panel + k * PANEL + lane] = (int8_t)t->data[start + i];
                continue;
            }
            float value = value_at(t, start + i);
            if (kept == KEEP_FLOAT)
                ((float *)m->weights)[panel + k * PANEL + lane] = value;
            else if (kept == KEEP_HALF) {
                uint16_t half = float_to_half(value);
                if ((half & 0x7c00) == 0x7c00) return TOO_LARGE;
                ((uint16_t *)m->weights)[panel + k * PANEL + lane] = half;
            } else {
                float scaled = value * factor;
                int32_t whole = (int32_t)(scaled + (scaled < 0 ? -0.5f : 0.5f));
                ((int8_t *)m->weights)[panel + k / 4 * 4 * PANEL + 4 * lane + k % 4] = (int8_t)whole;
                sum += whole;
            }
        }
        if (kept == KEEP_INT8) m->sums[output] = -128 * sum;
    }
    return 0;
}

static int make_matrix(arena *a, matrix *m, const tensor *t, columns of, spread in, spread out, int32_t inputs,
                       int32_t outputs, int32_t kept, const matrix *base) {
    if (base != NULL && t->base == t->data) {
        *m = *base;
        return 0;
    }
    if (kept == KEEP_DIFFERENCE && t->kind != DIFFERENCE) kept = KEEP_HALF;
    size_t panels = (size_t)padded_to(outputs, PANEL) / PANEL, size = panels * (size_t)inputs * PANEL;
    m->inputs = inputs;
    m->outputs = outputs;
    m->kept = kept;
    m->weights = take(a, size, kept == KEEP_FLOAT ? 4 : kept == KEEP_HALF ? 2 : 1);
    if (kept == KEEP_INT8 || kept == KEEP_DIFFERENCE) m->scales = take(a, panels * PANEL, sizeof *m->scales);
    if (kept == KEEP_INT8) m->sums = take(a, panels * PANEL, sizeof *m->sums);
    if (kept == KEEP_DIFFERENCE) m->base = base->weights;
    if (a->start == NULL) return 0;
    memset(m->weights, 0, size * (kept == KEEP_FLOAT ? 4 : kept == KEEP_HALF ? 2 : 1));
    if (m->scales != NULL) memset(m->scales, 0, panels * PANEL * sizeof *m->scales);
    if (m->sums != NULL) memset(m->sums, 0, panels * PANEL * sizeof *m->sums);
    return fill_matrix(m, t, of, in, out);
}

static float *make_floats(arena *a, const tensor *t, int64_t count, size_t size, spread out) {
    float *numbers = take(a, size, sizeof *numbers);
    if (a->start == NULL) return numbers;
    memset(numbers, 0, size * sizeof *numbers);
    for (int64_t i = 0; i < count; i++)
        if (t->data != NULL) numbers[place_of(out, (int32_t)i)] = number_at(t->data, t->kind, i);
    return numbers;
}

static void *copied(arena *a, const void *from, size_t count, size_t size) {
    void *to = take(a, count, size);
    if (a->start != NULL && count) memcpy(to, from, count * size);
    return to;
}

/* A table. Which rows a delta has is copied; the rows themselves stay in its file, as those of whole tables do. */
static tensor table_of(arena *a, const tensor *t) {
    tensor own = *t;
    if (t->changed == NULL) return own;
    size_t numbers = (size_t)(t->rows + 63) / 64;
    own.changed = copied(a, t->changed, numbers, sizeof *t->changed);
    own.before = copied(a, t->before, numbers, sizeof *t->before);
    return own;
}

static int make_stack(const plan *p, model *m, arena *a, stack *s, int which, int32_t *next) {
    const stack *below = which ? &m->shared : NULL, *base = NULL;
    if (p->base != NULL) base = which == 0 ? &p->base->shared : which == 1 ? &p->base->intent : &p->base->slot;
    int32_t word = m->word_dim + m->ngram_dim, hidden = (int32_t)p->hidden[which];
    s->hidden = hidden;
    s->cells = padded(hidden);
    s->num_layers = (int32_t)p->layers[which];
    for (int32_t layer = 0; layer < s->num_layers; layer++)
        for (int direction = 0; direction < 2; direction++) {
            const tensor *t = p->tensors + *next;
            lstm *l = &s->layers[layer][direction];
            const lstm *other = base == NULL ? NULL : &base->layers[layer][direction];
            const stack *source = layer ? s : below;
            spread gates = {hidden, s->cells, true}, plain = {0, 0, false}, states = {0, 0, false};
            int32_t num_states = source == NULL ? 0 : 2 * source->hidden;
            if (source != NULL) states = (spread){source->hidden, source->cells, false};
            l->cells = s->cells;
            l->marks = NULL;
            l->has_states = source != NULL;
            l->has_vectors = layer == 0 && (which == 0 || m->skips);
            l->known_place = m->known_size;
            if (l->has_vectors) m->known_size += 4 * s->cells;
            int error = 0;
            if (l->has_states)
                error = make_matrix(a, &l->of_states, t, (columns){0, num_states}, states, gates, 2 * source->cells,
                                    4 * s->cells, m->kept, other == NULL ? NULL : &other->of_states);
            if (!error && l->has_vectors)
                error = make_matrix(a, &l->of_vectors, t, (columns){num_states, word}, plain, gates, m->vector,
                                    4 * s->cells, m->kept, other == NULL ? NULL : &other->of_vectors);
            if (error) return error - *next;
            error = make_matrix(a, &l->of_cells, t + 1, (columns){0, hidden}, plain, gates, s->cells, 4 * s->cells,
                                m->kept, other == NULL ? NULL : &other->of_cells);
            if (error) return error - *next - 1;
            l->bias = make_floats(a, t + 2, 4 * hidden, 4 * (size_t)s->cells, gates);
            if (a->start != NULL)
                for (int32_t i = 0; i < 4 * hidden; i++)
                    l->bias[place_of(gates, i)] += number_at(t[3].data, t[3].kind, i);
            *next += 4;
        }
    return 0;
}

/* What each catalog match adds to the gates of the first layer of a stack: its projection times the weights. */
static void make_marks(model *m, arena *a, stack *s, const tensor *own, const tensor *any) {
    int32_t num_own = 2 * m->num_catalogs, num_marks = num_own + 2;
    size_t cells = 2 * (size_t)m->shared.cells, vector = (size_t)m->vector, gates = 4 * (size_t)s->cells;
    for (int direction = 0; direction < 2; direction++)
        s->layers[0][direction].marks = take(a, (size_t)num_marks * gates, sizeof(float));
    arena before = *a; /* what follows is needed only here */
    float *states = take(a, (size_t)num_marks * cells, sizeof *states);
    float *vectors = take(a, (size_t)num_marks * vector, sizeof *vectors);
    int8_t *bytes = take(a, (size_t)num_marks * (cells > vector ? cells : vector), 1);
    float *units = take(a, (size_t)num_marks, sizeof *units);
    if (a->start == NULL) return; /* counted */
    memset(states, 0, (size_t)num_marks * cells * sizeof *states);
    memset(vectors, 0, (size_t)num_marks * vector * sizeof *vectors);
    spread in = {m->shared.hidden, m->shared.cells, false};
    for (int32_t mark = 0; mark < num_marks; mark++) {
        const tensor *t = mark < num_own ? own : any;
        int32_t column = mark < num_own ? mark : mark - num_own;
        for (int64_t row = 0; row < t->rows; row++) {
            float value = number_at(t->data, t->kind, row * t->cols + column);
            if (row < 2 * m->shared.hidden)
                states[(size_t)mark * cells + (size_t)place_of(in, (int32_t)row)] = value;
            else
                vectors[(size_t)mark * vector + (size_t)row - 2 * (size_t)m->shared.hidden] = value;
        }
    }
    for (int direction = 0; direction < 2; direction++) {
        lstm *l = &s->layers[0][direction];
        memset(l->marks, 0, (size_t)num_marks * gates * sizeof *l->marks);
        for (int part = 0; part < 2; part++) {
            const matrix *weights = part ? &l->of_vectors : &l->of_states;
            float *x = part ? vectors : states;
            size_t size = part ? vector : cells;
            if (!(part ? l->has_vectors : l->has_states)) continue;
            if (m->kept != KEEP_INT8) {
                m->run->multiply(weights, x, size, l->marks, gates, num_marks);
                continue;
            }
            for (int32_t mark = 0; mark < num_marks; mark++)
                units[mark] = m->run->quantise(x + (size_t)mark * size, bytes + (size_t)mark * size, (int32_t)size);
            m->run->multiply_bytes(weights, bytes, size, units, l->marks, gates, num_marks);
        }
    }
    *a = before;
}

static void make_transitions(const plan *p, model *m, arena *a) {
    size_t tags = (size_t)m->num_tags, width = (size_t)m->padded_tags;
    spread plain = {0, 0, false};
    m->between = take(a, tags * width, sizeof(float));
    m->between_by_tag = take(a, tags * width, sizeof(float));
    m->factors = take(a, tags * width, sizeof(float));
    m->start = make_floats(a, &p->tensors[START], m->num_tags, width, plain);
    m->end = make_floats(a, &p->tensors[END], m->num_tags, width, plain);
    m->first = make_floats(a, &p->tensors[START], m->num_tags, width, plain);
    m->valid_start = make_floats(a, &p->tensors[START], m->num_tags, width, plain);
    if (a->start == NULL) return;
    const tensor *t = &p->tensors[BETWEEN];
    for (size_t row = 0; row < tags; row++)
        for (size_t column = 0; column < width; column++) {
            size_t place = row * width + column;
            bool exists = column < tags;
            bool is_inside = column > 0 && column % 2 == 0, is_valid = !is_inside || (row + 1) / 2 == (column + 1) / 2;
            float score = exists && t->data != NULL ? number_at(t->data, t->kind, (int64_t)(row * tags + column)) : 0;
            m->between[place] = exists && is_valid ? score : LOWEST;
            m->factors[place] = exists && is_valid ? expf(score) : 0;
        }
    for (size_t row = 0; row < tags; row++)
        for (size_t column = 0; column < width; column++)
            m->between_by_tag[row * width + column] = column < tags ? m->between[column * width + row] : LOWEST;
    for (size_t tag = 0; tag < width; tag++)
        if (tag >= tags || (tag > 0 && tag % 2 == 0)) {
            m->valid_start[tag] = LOWEST;
            m->first[tag] = -69.0f;
        }
}

static float *numbers_of(arena *a, const tensor *t) {
    return make_floats(a, t, t->rows * t->cols, (size_t)(t->rows * t->cols), (spread){0, 0, false});
}

static void make_decision(const plan *p, model *m, arena *a) {
    decision *d = &m->decision;
    const tensor *t = p->tensors, *projection = &t[PROJECTION];
    spread in = {m->intent.hidden, m->intent.cells, false};
    d->dims = (int32_t)p->decision_dims;
    d->fallback = (int32_t)p->fallback;
    d->inputs = m->intent_head.inputs;
    if (!d->dims) return;
    d->center = make_floats(a, &t[CENTER], t[CENTER].rows, (size_t)d->inputs, in);
    matrix *matrix_of = &d->projection;
    bool is_half = projection->kind == FLOAT16;
    size_t panel = (size_t)d->inputs * PANEL, size = (size_t)padded_to(d->dims, PANEL) / PANEL * panel;
    *matrix_of = (matrix){.inputs = d->inputs, .outputs = d->dims, .kept = is_half ? KEEP_HALF : KEEP_FLOAT};
    matrix_of->weights = take(a, size, is_half ? 2 : 4);
    d->class_means = numbers_of(a, &t[CLASS_MEANS]);
    d->mean = numbers_of(a, &t[MEAN]);
    d->precisions = numbers_of(a, &t[PRECISIONS]);
    d->direction = numbers_of(a, &t[DIRECTION]);
    d->word_scores = numbers_of(a, &t[WORD_SCORES]);
    d->word_keys = t[WORD_KEYS];
    d->location = numbers_of(a, &t[LOCATION]);
    d->spread = numbers_of(a, &t[SPREAD]);
    d->weight = numbers_of(a, &t[WEIGHT]);
    if (a->start == NULL) return;
    d->bias = number_at(t[BIAS].data, t[BIAS].kind, 0);
    memset(matrix_of->weights, 0, size * (is_half ? 2 : 4));
    for (int64_t row = 0; row < projection->rows; row++)
        for (int64_t i = 0; i < projection->cols; i++) {
            size_t input = (size_t)place_of(in, (int32_t)row), output = (size_t)i;
            size_t place = output / PANEL * panel + input * PANEL + output % PANEL;
            int64_t index = row * projection->cols + i;
            if (is_half)
                memcpy((uint16_t *)matrix_of->weights + place, projection->data + 2 * index, 2);
            else
                ((float *)matrix_of->weights)[place] = number_at(projection->data, projection->kind, index);
        }
}

/* The heads that split texts; `kept`: how matrices of heads are kept. */
static int make_segmentation(const plan *p, model *m, arena *a, int32_t kept) {
    segmentation *s = &m->segmentation;
    const tensor *t = p->tensors;
    spread plain = {0, 0, false}, of_shared = {m->shared.hidden, m->shared.cells, false};
    spread of_intent = {m->intent.hidden, m->intent.cells, false};
    int32_t state = 2 * m->shared.hidden + (m->skips ? m->word_dim + m->ngram_dim : 0);
    s->hidden = (int32_t)p->segment_hidden;
    if (!s->hidden) return 0;
    s->padded = padded_to(s->hidden, HEAD);
    s->state = 2 * m->shared.cells + (m->skips ? m->vector : 0);
    int error = make_matrix(a, &s->of_states, &t[SEGMENT_HIDDEN], (columns){state, state}, of_shared, plain, s->state,
                            2 * s->hidden, kept, NULL);
    spread behind = {.first = s->hidden};
    if (!error && a->start != NULL)
        error = fill_matrix(&s->of_states, &t[SEGMENT_HIDDEN], (columns){0, state}, of_shared, behind);
    if (error) return error - SEGMENT_HIDDEN;
    s->bias = make_floats(a, &t[SEGMENT_BIAS], s->hidden, (size_t)s->padded, plain);
    s->start = make_floats(a, &t[SEGMENT_START], s->hidden, (size_t)s->padded, plain);
    s->whole = make_floats(a, &t[SEGMENT_WHOLE], t[SEGMENT_WHOLE].cols, (size_t)m->intent_head.inputs, of_intent);
    if (a->start == NULL) return 0;
    s->start_bias = number_at(t[SEGMENT_START_BIAS].data, t[SEGMENT_START_BIAS].kind, 0);
    s->whole_bias = number_at(t[SEGMENT_WHOLE_BIAS].data, t[SEGMENT_WHOLE_BIAS].kind, 0);
    return 0;
}

static int make(const plan *p, model *m, arena *a) {
    spread plain = {0, 0, false};
    int32_t next = LSTMS;
    take(a, 1, sizeof(model));
    m->run = instructions_of(p->instructions);
    m->kept = (int32_t)p->kept;
    m->word_dim = (int32_t)p->word_dim;
    m->ngram_dim = (int32_t)p->ngram_dim;
    m->vector = padded(m->word_dim + m->ngram_dim);
    m->known_size = m->vector;
    m->ngram_min = (int32_t)p->ngram_min;
    m->ngram_max = (int32_t)p->ngram_max;
    m->skips = (int32_t)p->skips;
    m->is_wide = (int32_t)p->is_wide;
    m->pooling = (int32_t)p->pooling;
    m->num_intents = (int32_t)p->num_intents;
    m->padded_intents = padded_to(m->num_intents, HEAD);
    m->num_tags = (int32_t)p->num_tags;
    m->padded_tags = padded_to(m->num_tags, HEAD);
    m->num_catalogs = (int32_t)p->num_catalogs;
    m->max_phrase = (int32_t)p->max_phrase;
    m->has_shares = (int32_t)p->has_shares;
    m->is_restricted = (int32_t)p->is_restricted;
    m->has_undeclared = (int32_t)p->has_undeclared;
    m->num_sets = (int32_t)p->num_sets;
    m->num_runs = p->num_runs;
    m->words = table_of(a, &p->tensors[WORDS]);
    m->ngrams = table_of(a, &p->tensors[NGRAMS]);
    m->table = table_of(a, &p->tensors[TABLE]);
    m->phrases = p->tensors[PHRASES];
    m->catalogs = p->tensors[CATALOGS];
    m->has_default = 0; /* row 0 of the table is that of unknown phrases; only a damaged file has catalogs there */
    for (int32_t i = 0; i < m->num_catalogs; i++) m->has_default |= p->tensors[CATALOGS].data[i];
    int error = make_stack(p, m, a, &m->shared, 0, &next);
    if (!error) error = make_stack(p, m, a, &m->intent, 1, &next);
    if (!error) error = make_stack(p, m, a, &m->slot, 2, &next);
    if (error) return error;
    make_marks(m, a, &m->intent, &p->tensors[MARKS_INTENT], &p->tensors[ANY_INTENT]);
    make_marks(m, a, &m->slot, &p->tensors[MARKS_SLOT], &p->tensors[ANY_SLOT]);
    int32_t kept = m->kept == KEEP_FLOAT ? KEEP_FLOAT : KEEP_HALF; /* the heads are small */
    spread of_intent = {m->intent.hidden, m->intent.cells, false}, of_slot = {m->slot.hidden, m->slot.cells, false};
    int32_t word = m->is_wide ? m->word_dim + m->ngram_dim : 0;
    error = make_matrix(a, &m->intent_head, &p->tensors[INTENT_WEIGHT], (columns){0, 2 * m->intent.hidden + word},
                        of_intent, plain, 2 * m->intent.cells + (m->is_wide ? m->vector : 0), m->num_intents, kept, NULL);
    if (error) return error - INTENT_WEIGHT;
    error = make_matrix(a, &m->slot_head, &p->tensors[SLOT_WEIGHT], (columns){0, 2 * m->slot.hidden}, of_slot, plain,
                        2 * m->slot.cells, m->num_tags, kept, NULL);
    if (error) return error - SLOT_WEIGHT;
    m->attention = make_floats(a, &p->tensors[ATTENTION], 2 * m->intent.hidden, 2 * (size_t)m->intent.cells,
                               of_intent);
    m->intent_bias = make_floats(a, &p->tensors[INTENT_BIAS], m->num_intents, (size_t)m->padded_intents, plain);
    m->slot_bias = make_floats(a, &p->tensors[SLOT_BIAS], m->num_tags, (size_t)m->padded_tags, plain);
    make_transitions(p, m, a);
    make_decision(p, m, a);
    error = make_segmentation(p, m, a, kept);
    if (error) return error;
    size_t intents = (size_t)m->num_intents;
    m->allowed = copied(a, p->allowed, intents * (size_t)m->num_tags, 1);
    m->set_of = copied(a, p->set_of, intents, sizeof *m->set_of);
    m->set_sizes = copied(a, p->set_sizes, (size_t)m->num_sets, sizeof *m->set_sizes);
    m->set_tags = copied(a, p->set_tags, (size_t)p->num_members, sizeof *m->set_tags);
    m->runs = p->runs;
    m->undeclared = take(a, intents, sizeof *m->undeclared);
    m->declared = take(a, intents, sizeof *m->declared);
    m->largest_set = 1;
    for (int64_t set = 0; set < p->num_sets; set++)
        if (p->set_sizes[set] > m->largest_set) m->largest_set = p->set_sizes[set];
    if (a->start == NULL) return 0;
    for (size_t intent = 0; intent < intents; intent++) {
        m->undeclared[intent] = logf(p->undeclared[intent]);
        m->declared[intent] = logf(1 - p->undeclared[intent]);
    }
    return 0;
}

static bool is_finite(const uint8_t *data, int64_t kind, int64_t count) {
    bool found = true;
    if (kind == FLOAT32)
        for (int64_t i = 0; i < count; i++) {
            uint32_t bits;
            memcpy(&bits, data + 4 * i, sizeof bits);
            found &= (bits & 0x7f800000) != 0x7f800000;
        }
    else if (kind == FLOAT16 || kind == BFLOAT16)
        for (int64_t i = 0; i < count; i++) {
            uint16_t bits, most = kind == FLOAT16 ? 0x7c00 : 0x7f80;
            memcpy(&bits, data + 2 * i, sizeof bits);
            found &= (bits & most) != most;
        }
    else if (kind == FLOAT64)
        for (int64_t i = 0; i < count; i++) found &= isfinite(number_at(data, kind, i)) != 0;
    return found;
}

/* Whether the LSTMs of a model are as a plan has them. */
static bool is_alike(const plan *p, const model *m) {
    const stack *stacks[] = {&m->shared, &m->intent, &m->slot};
    for (int i = 0; i < 3; i++)
        if (p->hidden[i] != stacks[i]->hidden || p->layers[i] != stacks[i]->num_layers) return false;
    return m->kept == KEEP_HALF && m->word_dim == p->word_dim && m->ngram_dim == p->ngram_dim && m->skips == p->skips;
}

static int64_t check_plan(const plan *p) {
    if (p->version != KERNEL_VERSION || instructions_of(p->instructions) == NULL || p->kept < 0 || p->kept > 3)
        return WRONG_PLAN;
    if ((p->base != NULL) != (p->kept == KEEP_DIFFERENCE)) return WRONG_PLAN;
    if (p->base != NULL && !is_alike(p, p->base)) return WRONG_PLAN;
    int64_t num_tensors = LSTMS;
    for (int i = 0; i < 3; i++) {
        if (p->layers[i] < 1 || p->layers[i] > MAX_LAYERS || p->hidden[i] < 1 || p->hidden[i] > 65536)
            return WRONG_PLAN;
        num_tensors += 8 * p->layers[i];
    }
    if (p->num_tensors != num_tensors || p->num_intents < 1 || p->num_tags < 1 || p->num_runs < 1 ||
        p->word_dim + p->ngram_dim < 1 || p->segment_hidden < 0 || p->segment_hidden > 65536)
        return WRONG_PLAN;
    return 0;
}

int64_t kernel_model_bytes(const plan *p) {
    model counted;
    arena a = {NULL, 0};
    int64_t error = check_plan(p);
    if (error) return error;
    memset(&counted, 0, sizeof counted);
    make(p, &counted, &a);
    return (int64_t)a.used + 64;
}

int64_t kernel_make_model(const plan *p, uint8_t *memory) {
    arena a = {memory, 0};
    int64_t error = check_plan(p);
    if (error) return error;
    for (int64_t i = 0; i < p->num_tensors; i++) {
        const tensor *t = &p->tensors[i];
        if (t->data == NULL) continue;
        bool found = is_finite(t->data, t->kind, t->num_stored * t->cols);
        if (found && t->scale != NULL) found = is_finite(t->scale, t->scale_kind, t->num_stored);
        if (found && t->kind == DIFFERENCE) found = is_finite(t->base, t->base_kind, t->rows * t->cols);
        if (found && t->own != NULL) found = is_finite(t->own, t->kind, t->num_own * t->cols);
        if (found && t->own_scale != NULL) found = is_finite(t->own_scale, t->scale_kind, t->num_own);
        if (!found) return NOT_FINITE - i;
    }
    memset(memory, 0, sizeof(model));
    return make(p, (model *)memory, &a);
}
