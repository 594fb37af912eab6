/* Keys of words and phrases, and rows of n-grams, with the formulas of `format_bilstm_nlu.py`. */
#include "kernel.h"

#define PRIME 2147483647u /* 2^31 - 1 */
enum { PROBES = 4, VOCABULARY = 514, NGRAM_SIZE_STEP = 7919, WORD_OFFSET = 12345, WORD_FOLD = 65521 };
#define NGRAM_MULTIPLIER 1000003u
static const uint64_t WORD_MIXERS[2][2] = {{1000003, 8191}, {69069, 131071}};
static const uint64_t PHRASE_MULTIPLIERS[2] = {1000003, 69069};

/* The remainder by 2^31 - 1, for numbers below 2^62. */
static uint64_t reduced(uint64_t value) {
    value = (value & PRIME) + (value >> 31);
    value = (value & PRIME) + (value >> 31);
    return value >= PRIME ? value - PRIME : value;
}

void find_word_keys(const batch *b, int64_t *keys) {
    for (int32_t word = 0; word < b->num_words; word++) {
        const uint16_t *ids = b->ids + b->firsts[word];
        uint64_t size = (uint64_t)(b->firsts[word + 1] - b->firsts[word]), halves[2] = {0, 0};
        for (int half = 0; half < 2; half++)
            for (uint64_t i = 0; i < size; i++) {
                uint64_t mixed = reduced(ids[i] * WORD_MIXERS[half][0] + i * WORD_MIXERS[half][1] + WORD_OFFSET);
                mixed = reduced(reduced(mixed * mixed) * (mixed % WORD_FOLD + 1));
                halves[half] = reduced(halves[half] + mixed);
            }
        keys[word] = (int64_t)(halves[0] * PRIME + halves[1] + 1);
    }
}

/* y = the sum of the rows of the n-grams of a word, divided by the square root of their number. */
void add_ngrams(const model *m, const uint16_t *ids, int32_t size, float *y) {
    uint32_t rows = (uint32_t)m->ngrams.rows - 1;
    int32_t count = 0;
    for (int32_t first = 0; first < size; first++) {
        uint64_t value = 0;
        for (int32_t length = 1; length <= m->ngram_max && first + length <= size; length++) {
            int32_t last = first + length - 1;
            uint32_t marked = ids[last] + (last + 1 == size ? VOCABULARY : 0u);
            value = length == 1 ? marked : reduced(value * NGRAM_MULTIPLIER + marked);
            if (length < m->ngram_min) continue;
            m->run->add_row(&m->ngrams, 1 + ((uint32_t)value + (uint32_t)length * NGRAM_SIZE_STEP) % rows, y);
            count++;
        }
    }
    if (count > 1) {
        float factor = 1.0f / sqrtf((float)count);
        for (int32_t i = 0; i < m->ngram_dim; i++) y[i] *= factor;
    }
}

/* The row of a key in a table of keys; 0 if the table does not have it. */
int64_t find_row(const tensor *table, int64_t key) {
    uint64_t rows = (uint64_t)table->rows, step = 1 + (uint64_t)key / rows % (rows - 2), found = 0;
    for (uint64_t i = 0; i < PROBES; i++) {
        uint64_t row = 1 + ((uint64_t)key + i * step) % (rows - 1);
        int64_t stored, own = own_row(table, (int64_t)row);
        memcpy(&stored, own < 0 ? table->data + 8 * row : table->own + 8 * own, sizeof stored);
        if (stored == key && row > found) found = row;
    }
    return (int64_t)found;
}

/* The catalogs of the call that have a phrase; NULL without them. */
static const uint8_t *find_more(const more_phrases *more, int64_t key, int32_t num_catalogs) {
    int64_t first = 0, end = more->count;
    while (first < end) {
        int64_t middle = first + (end - first) / 2;
        if (more->keys[middle] < key)
            first = middle + 1;
        else
            end = middle;
    }
    return first < more->count && more->keys[first] == key ? more->catalogs + first * num_catalogs : NULL;
}

static void lengthen(const uint8_t *hits, int32_t num_catalogs, int32_t size, uint8_t *longest) {
    for (int32_t catalog = 0; hits != NULL && catalog < num_catalogs; catalog++)
        if (hits[catalog]) longest[catalog] = (uint8_t)size;
}

/* Mark the values of catalogs in a text: (words, 2 * catalogs), whether a word starts one, and continues one. With
 * values of the call, there is one catalog more. `longest`: room for (words, catalogs). */
void find_matches(const model *m, const more_phrases *more, const int64_t *keys, int32_t num_words, uint8_t *longest,
                  uint8_t *marks) {
    int32_t num_catalogs = m->num_catalogs + (more->count > 0);
    memset(longest, 0, (size_t)num_words * (size_t)num_catalogs);
    memset(marks, 0, 2 * (size_t)num_words * (size_t)num_catalogs);
    for (int32_t first = 0; first < num_words; first++) {
        uint64_t high = 0, low = 0;
        for (int32_t size = 1; size <= m->max_phrase && first + size <= num_words; size++) {
            uint64_t key = (uint64_t)keys[first + size - 1];
            high = size == 1 ? key / PRIME : reduced(high * PHRASE_MULTIPLIERS[0] + key / PRIME);
            low = size == 1 ? key % PRIME : reduced(low * PHRASE_MULTIPLIERS[1] + key % PRIME);
            int64_t of_phrase = (int64_t)(high * PRIME + low + 1);
            uint8_t *of_first = longest + (size_t)first * (size_t)num_catalogs;
            if (m->num_catalogs) {
                int64_t row = find_row(&m->phrases, of_phrase);
                if (row || m->has_default)
                    lengthen(m->catalogs.data + row * m->num_catalogs, m->num_catalogs, size, of_first);
            }
            if (more->count) lengthen(find_more(more, of_phrase, num_catalogs), num_catalogs, size, of_first);
        }
    }
    for (int32_t catalog = 0; catalog < num_catalogs; catalog++) {
        int32_t end = 0; /* of the value that reaches furthest */
        for (int32_t word = 0; word < num_words; word++) {
            uint8_t *mark = marks + 2 * (size_t)word * (size_t)num_catalogs + catalog;
            int32_t size = longest[word * num_catalogs + catalog];
            if (size && word + size > end) { /* not inside a longer value */
                mark[0] = 1;
                if (word < end) mark[num_catalogs] = 1;
                end = word + size;
            } else if (word < end)
                mark[num_catalogs] = 1;
        }
    }
}
