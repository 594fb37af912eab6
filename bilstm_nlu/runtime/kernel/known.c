/* Words that were seen before: their vectors, and what these add to the gates, are remembered between calls.
 *
 * A row of a word has its vector, and then the product of the vector with the weights of each LSTM that has vectors as
 * inputs. The memory belongs to the caller, who uses it for one call at a time. It is a table of sets of WAYS rows; in
 * a full set, the row that was not used for the longest time is replaced.
 */
#include "plan.h"

enum { WAYS = 4, NUM_SETS = 128, LONGEST = 22 };

typedef struct {
    int64_t key;
    uint32_t used; /* the time of its last use; 0: the row is empty */
    int32_t size;  /* bytes of the word */
    uint16_t ids[LONGEST];
    uint32_t unused;
} known_word;

typedef struct {
    uint32_t clock;
    uint32_t unused[15];
    known_word words[NUM_SETS * WAYS];
} known_words;

static uint8_t *aligned(uint8_t *memory) { return memory + (64 - (uintptr_t)memory % 64) % 64; }

int64_t kernel_memory_bytes(const model *m) {
    return (int64_t)(sizeof(known_words) + (size_t)NUM_SETS * WAYS * (size_t)m->known_size * sizeof(float) + 64);
}

int64_t kernel_forget(uint8_t *memory) {
    memset(aligned(memory), 0, sizeof(known_words));
    return 0;
}

static float *row_of(const model *m, known_words *known, size_t place) {
    return (float *)((uint8_t *)known + sizeof *known) + place * (size_t)m->known_size;
}

static known_word *find(known_words *known, const batch *b, int32_t word, int64_t key) {
    int32_t size = b->firsts[word + 1] - b->firsts[word];
    known_word *set = known->words + (uint64_t)key % NUM_SETS * WAYS;
    for (int way = 0; way < WAYS; way++)
        if (set[way].used && set[way].key == key && set[way].size == size &&
            !memcmp(set[way].ids, b->ids + b->firsts[word], (size_t)size * sizeof(uint16_t)))
            return set + way;
    return NULL;
}

/* The row of each word in `rows`: a remembered one, or one of `fresh`, which the caller computes. Returns the number
 * of fresh rows; `words` has their words. */
int32_t find_known(const model *m, uint8_t *memory, const batch *b, const int64_t *keys, float *fresh,
                   const float **rows, int32_t *words) {
    int32_t num_fresh = 0;
    known_words *known = memory == NULL ? NULL : (known_words *)aligned(memory);
    if (known != NULL && ++known->clock == 0) known->clock = 1; /* after 4 billion calls, some rows are replaced early */
    for (int32_t word = 0; word < b->num_words; word++) {
        known_word *found = known == NULL ? NULL : find(known, b, word, keys[word]);
        if (found != NULL) {
            found->used = known->clock;
            rows[word] = row_of(m, known, (size_t)(found - known->words));
            continue;
        }
        words[num_fresh] = word;
        rows[word] = fresh + (size_t)num_fresh * (size_t)m->known_size;
        num_fresh++;
    }
    return num_fresh;
}

/* Remember fresh rows, when nothing reads the remembered ones any more. */
void remember(const model *m, uint8_t *memory, const batch *b, const int64_t *keys, const float *fresh,
              const int32_t *words, int32_t num_fresh) {
    if (memory == NULL) return;
    known_words *known = (known_words *)aligned(memory);
    for (int32_t i = 0; i < num_fresh; i++) {
        int32_t word = words[i], size = b->firsts[word + 1] - b->firsts[word];
        if (size > LONGEST || find(known, b, word, keys[word]) != NULL) continue;
        known_word *oldest = known->words + (uint64_t)keys[word] % NUM_SETS * WAYS;
        for (int way = 1; way < WAYS; way++) {
            known_word *other = known->words + (uint64_t)keys[word] % NUM_SETS * WAYS + way;
            if (other->used < oldest->used) oldest = other;
        }
        oldest->key = keys[word];
        oldest->used = known->clock;
        oldest->size = size;
        memcpy(oldest->ids, b->ids + b->firsts[word], (size_t)size * sizeof(uint16_t));
        memcpy(row_of(m, known, (size_t)(oldest - known->words)), fresh + (size_t)i * (size_t)m->known_size,
               (size_t)m->known_size * sizeof(float));
    }
}
