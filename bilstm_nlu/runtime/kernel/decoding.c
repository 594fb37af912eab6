/* Scores of both tasks into log-probabilities of intents, and slot tags: see `decoding_bilstm_nlu.py`. */
#include "kernel.h"

static float clamped(float value, float limit) {
    if (value != value) return 0;
    return value > limit ? limit : value < -limit ? -limit : value;
}

static void log_softmax(float *scores, int32_t size) {
    float highest = scores[0], total = 0;
    for (int32_t i = 1; i < size; i++) highest = scores[i] > highest ? scores[i] : highest;
    for (int32_t i = 0; i < size; i++) total += expf(scores[i] - highest);
    float shift = highest + logf(total);
    for (int32_t i = 0; i < size; i++) scores[i] -= shift;
}

/* log(exp(x) + exp(y)); one of them may be minus infinity. */
static float log_add(float x, float y) {
    float high = x > y ? x : y, low = x > y ? y : x;
    return high == -INFINITY ? high : high + logf(1.0f + expf(low - high));
}

/* Floats that `score_intents` needs for a batch. */
size_t room_for_scores(const model *m, int32_t num_words, int32_t num_texts) {
    size_t tags = (size_t)m->padded_tags, largest = (size_t)m->largest_set, width = (size_t)padded(m->largest_set);
    return (size_t)num_words * tags + (size_t)num_texts * (1 + (size_t)m->num_sets) + largest * width + 4 * tags +
           (size_t)num_words * width;
}

/* `whole`: (texts), the logarithm of the sum over all tags; it is computed if slots count, or for a decision.
 * Turn the scores of the intent head, (texts, padded intents), into log-probabilities that take the slots into account. */
void score_intents(const model *m, const batch *b, const float *slot_logits, float *scores, float *whole,
                   float *room) {
    size_t tags = (size_t)m->padded_tags, width = (size_t)padded(m->largest_set);
    for (int32_t text = 0; text < b->num_texts; text++)
        if (b->counts[text]) log_softmax(scores + (size_t)text * (size_t)m->padded_intents, m->num_intents);
    if (!m->has_shares && !m->decision.dims) return;
    float *emissions = room, *shares = emissions + (size_t)b->num_words * tags;
    float *factors = shares + (size_t)b->num_texts * (size_t)m->num_sets;
    float *first = factors + (size_t)m->largest_set * width, *end = first + tags, *some = end + tags;
    float *next = some + tags, *of_set = next + tags;
    for (size_t i = 0; i < (size_t)b->num_words * tags; i++) emissions[i] = clamped(slot_logits[i], 1e4f);
    for (int32_t text = 0; text < b->num_texts; text++)
        if (b->counts[text])
            whole[text] = m->run->log_partition(emissions + (size_t)b->offsets[text] * tags, b->counts[text], tags,
                                                m->factors, m->first, m->end, m->num_tags, m->padded_tags, some,
                                                next);
    if (!m->has_shares) return;
    const int32_t *members = m->set_tags;
    for (int32_t set = 0; set < m->num_sets; set++) {
        int32_t size = m->set_sizes[set], row_width = padded(size);
        for (int32_t i = 0; i < size; i++) {
            first[i] = m->first[members[i]];
            end[i] = m->end[members[i]];
            const float *row = m->factors + (size_t)members[i] * tags;
            float *packed = factors + (size_t)i * (size_t)row_width;
            for (int32_t j = 0; j < row_width; j++) packed[j] = j < size ? row[members[j]] : 0;
        }
        for (int32_t word = 0; word < b->num_words; word++)
            for (int32_t i = 0; i < size; i++)
                of_set[(size_t)word * width + (size_t)i] = emissions[(size_t)word * tags + (size_t)members[i]];
        for (int32_t text = 0; text < b->num_texts; text++) {
            if (!b->counts[text]) continue;
            float part = m->run->log_partition(of_set + (size_t)b->offsets[text] * width, b->counts[text], width,
                                               factors, first, end, size, row_width, some, next);
            float share = part - whole[text];
            shares[(size_t)text * (size_t)m->num_sets + (size_t)set] = share < 0 ? share : 0;
        }
        members += size;
    }
    for (int32_t text = 0; text < b->num_texts; text++) {
        if (!b->counts[text]) continue;
        float *of_text = scores + (size_t)text * (size_t)m->padded_intents;
        for (int32_t intent = 0; intent < m->num_intents; intent++) {
            int32_t set = m->set_of[intent];
            float share = set < 0 ? 0 : shares[(size_t)text * (size_t)m->num_sets + (size_t)set];
            if (m->has_undeclared) share = log_add(m->declared[intent] + share, m->undeclared[intent]);
            of_text[intent] += share;
        }
        log_softmax(of_text, m->num_intents);
    }
}

/* The best valid tags of a text. */
static void find_best_tags(const model *m, const float *emissions, int32_t num_words, int32_t *tags, float *scores) {
    size_t width = (size_t)m->padded_tags;
    m->run->best_scores(emissions, num_words, m->between, m->valid_start, m->num_tags, m->padded_tags, scores);
    const float *last = scores + (size_t)(num_words - 1) * width;
    int32_t best = 0;
    for (int32_t tag = 1; tag < m->num_tags; tag++)
        if (last[tag] + m->end[tag] > last[best] + m->end[best]) best = tag;
    tags[num_words - 1] = best;
    for (int32_t word = num_words - 2; word >= 0; word--) {
        const float *before = scores + (size_t)word * width, *between = m->between_by_tag + (size_t)best * width;
        int32_t previous = 0;
        for (int32_t tag = 1; tag < m->num_tags; tag++)
            if (before[tag] + between[tag] > before[previous] + between[previous]) previous = tag;
        tags[word] = best = previous;
    }
}

static float path_score(const model *m, const float *emissions, const int32_t *tags, int32_t num_words) {
    size_t width = (size_t)m->padded_tags;
    float score = m->start[tags[0]] + m->end[tags[num_words - 1]];
    for (int32_t word = 0; word < num_words; word++) {
        score += emissions[(size_t)word * width + (size_t)tags[word]];
        if (word) score += m->between[(size_t)tags[word - 1] * width + (size_t)tags[word]];
    }
    return score;
}

/* Minus the log-probability of tags, at least 0. */
float tag_cost(const model *m, const float *slot_logits, const int32_t *tags, int32_t num_words, float whole) {
    size_t width = (size_t)m->padded_tags;
    float score = m->start[tags[0]] + m->end[tags[num_words - 1]];
    for (int32_t word = 0; word < num_words; word++) {
        score += clamped(slot_logits[(size_t)word * width + (size_t)tags[word]], 1e4f);
        if (word) score += m->between[(size_t)tags[word - 1] * width + (size_t)tags[word]];
    }
    return whole > score ? whole - score : 0;
}

/* Floats that `decode_slots` needs for a text of this number of words. */
size_t room_for_tags(const model *m, int32_t num_words) { return 2 * (size_t)num_words * (size_t)m->padded_tags; }

/* Find the slot tags of a text for an intent. `other`: room for as many tags. */
void decode_slots(const model *m, const float *slot_logits, int32_t num_words, int32_t intent, int32_t *tags,
                  int32_t *other, float *room) {
    size_t width = (size_t)m->padded_tags, size = (size_t)num_words * width;
    float *emissions = room, *scores = room + size;
    const uint8_t *allowed = m->allowed + (size_t)intent * (size_t)m->num_tags;
    for (size_t i = 0; i < size; i++) emissions[i] = clamped(slot_logits[i], 1e30f);
    find_best_tags(m, emissions, num_words, tags, scores);
    bool is_own = true;
    for (int32_t word = 0; word < num_words; word++) is_own = is_own && allowed[tags[word]];
    if (is_own || !m->is_restricted) return;
    for (int32_t word = 0; word < num_words; word++)
        for (int32_t tag = 0; tag < m->num_tags; tag++)
            if (!allowed[tag]) emissions[(size_t)word * width + (size_t)tag] = -1e30f;
    find_best_tags(m, emissions, num_words, other, scores);
    if (m->has_undeclared && path_score(m, slot_logits, tags, num_words) + m->undeclared[intent] >
                                 path_score(m, slot_logits, other, num_words))
        return;
    memcpy(tags, other, (size_t)num_words * sizeof *tags);
}
