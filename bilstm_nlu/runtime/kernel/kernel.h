/* The network of a bilstm-nlu checkpoint in C11: what the parts of the kernel share.
 *
 * Nothing here allocates memory or keeps state. The caller asks how many bytes a model or a call needs, allocates
 * them, and passes them in. So the kernel can run in any number of threads at a time.
 *
 * Layout of numbers: cells of an LSTM and vectors of words are padded with zeros to a multiple of BLOCK. A matrix is
 * cut into panels of PANEL outputs; a panel has the weights of its outputs for one input after the other. The four
 * gates of BLOCK cells are one panel: input, forget, new and output gate.
 */
#ifndef BILSTM_NLU_KERNEL_H
#define BILSTM_NLU_KERNEL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KERNEL_VERSION 5
#define BLOCK 16
#define PANEL 64
#define HEAD 64 /* rows of scores are padded to a multiple, which is what a product writes at a time */
#define MAX_LAYERS 16
#define LOWEST (-8.50705867e37f) /* score of a transition that is not valid */

enum { FLOAT32 = 1, FLOAT16 = 2, BFLOAT16 = 3, FLOAT64 = 4, INT8 = 5, INT64 = 6, FLAG = 7, DIFFERENCE = 8 };
/* How the matrices are kept. KEEP_DIFFERENCE: as differences from the matrices of another model, the base. */
enum { KEEP_HALF = 0, KEEP_INT8 = 1, KEEP_FLOAT = 2, KEEP_DIFFERENCE = 3 };
enum { BY_ATTENTION = 0, BY_MAX = 1, BY_MEAN = 2, BY_LAST = 3 };

/* A tensor of a checkpoint, where it is in memory. `scale` belongs to packed embeddings.
 *
 * A tensor of the kind DIFFERENCE has int8_t: each times the `scale` of its row is added to `base`, in half precision.
 * In a table, rows that `changed` has a bit for are not in `data` but in `own`, one after the other; and `data` has
 * only the rows that `stored` has a bit for. */
typedef struct {
    const uint8_t *data;
    int64_t kind;
    int64_t rows, cols;
    const uint8_t *scale;
    int64_t scale_kind;
    const uint8_t *base; /* equal to `data`: the tensor is that of the base */
    int64_t base_kind;
    const uint64_t *changed; /* (rows / 64); NULL without such rows */
    const uint32_t *before;  /* (rows / 64): changed rows before the first row of each number of `changed` */
    const uint8_t *own, *own_scale;
    int64_t num_own;
    const uint64_t *stored;        /* (rows / 64); NULL: `data` has all rows */
    const uint32_t *stored_before; /* (rows / 64): stored rows before the first row of each number of `stored` */
    int64_t num_stored;            /* rows in `data` */
} tensor;

/* How many bits before that of a row are set; -1: that of the row is not set. */
static inline int64_t place_among(const uint64_t *set, const uint32_t *before, int64_t row) {
    if (!(set[row / 64] >> row % 64 & 1)) return -1;
    uint64_t bits = set[row / 64] & (((uint64_t)1 << row % 64) - 1); /* then their number */
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (int64_t)before[row / 64] + (int64_t)(bits * 0x0101010101010101u >> 56);
}

/* The row of `own` that a row of a table is in; -1: it is in `data`. */
static inline int64_t own_row(const tensor *t, int64_t row) {
    return t->changed == NULL ? -1 : place_among(t->changed, t->before, row);
}

/* The row of `data` that a row of a table is in. A row that is not stored has no key; if the file changed behind the
 * mapping, it may seem to have one, and is read as row 0, that of unknown words. */
static inline int64_t stored_row(const tensor *t, int64_t row) {
    int64_t place = t->stored == NULL ? row : place_among(t->stored, t->stored_before, row);
    return place < 0 ? 0 : place;
}

typedef struct {
    int32_t inputs;  /* padded */
    int32_t outputs; /* without the padding of the last panel */
    int32_t kept;    /* KEEP_HALF, KEEP_INT8, KEEP_FLOAT or KEEP_DIFFERENCE */
    void *weights;   /* panels of uint16_t, int8_t (for KEEP_INT8, four inputs together) or float */
    const void *base; /* panels of uint16_t, to which the weights are added, for KEEP_DIFFERENCE */
    float *scales;   /* of each output, for KEEP_INT8 and KEEP_DIFFERENCE */
    int32_t *sums;   /* -128 times the sum of the weights of each output, for KEEP_INT8 */
} matrix;

/* One direction of a layer. Its inputs are in one or two parts: states of the layer before, and vectors of words. */
typedef struct {
    int32_t cells; /* padded */
    matrix of_cells, of_states, of_vectors;
    bool has_states, has_vectors;
    int32_t known_place; /* where the product with a vector is in the row of a known word */
    float *bias;  /* (4 * cells) */
    float *marks; /* (marks, 4 * cells): what each catalog match adds; NULL without matches */
} lstm;

typedef struct {
    int32_t num_layers, hidden, cells; /* cells: hidden, padded */
    lstm layers[MAX_LAYERS][2];        /* forward, backward */
} stack;

enum { NUM_SIGNALS = 9 };

/* The decision whether a text is meant for the skill; without dims there is none. */
typedef struct {
    int32_t dims, inputs; /* inputs: of the intent head, padded */
    int32_t fallback;     /* the fallback intent, or -1 */
    float *center;        /* (inputs) */
    matrix projection;    /* (inputs, dims) */
    float *class_means;   /* (intents, dims) */
    float *mean, *precisions, *direction;
    float *word_scores; /* (rows, 2) */
    tensor word_keys;
    float *location, *spread, *weight;
    float bias;
} decision;

/* The heads that split texts with several intents; without hidden cells there are none. */
typedef struct {
    int32_t hidden, padded; /* padded to a multiple of HEAD */
    int32_t state;          /* numbers in the state of a word, padded */
    matrix of_states;       /* of the own state of a word, and then of the state of the word before */
    float *bias, *start;      /* (padded) */
    float *whole;             /* (inputs of the intent head, padded) */
    float start_bias, whole_bias;
} segmentation;

/* More values of slot types, in one call: sorted keys, and for each key the catalogs that have the value. There is one
 * catalog more than in the model. Without values, `count` is 0. */
typedef struct {
    int64_t count;
    const int64_t *keys;
    const uint8_t *catalogs;
} more_phrases;

struct instructions;

typedef struct {
    const struct instructions *run;
    int32_t kept;
    int32_t word_dim, ngram_dim, vector; /* vector: both, padded */
    int32_t known_size;                  /* floats in the row of a known word */
    int32_t ngram_min, ngram_max;
    int32_t skips, is_wide, pooling, num_intents, num_tags, num_catalogs, max_phrase;
    int32_t has_shares;     /* whether slots count for the probability of an intent */
    int32_t is_restricted;  /* whether slots belong to intents */
    int32_t has_undeclared; /* whether intents may have slots that do not belong to them */
    int32_t num_sets, largest_set;
    int32_t padded_tags, padded_intents; /* to a multiple of HEAD */
    int32_t has_default;                 /* whether a phrase that no catalog has is marked nevertheless */
    tensor words, ngrams, table, phrases, catalogs;
    stack shared, intent, slot;
    float *attention; /* (2 * cells) */
    matrix intent_head, slot_head;
    float *intent_bias, *slot_bias;
    float *between, *between_by_tag, *factors; /* (tags, padded tags); the second one transposed */
    float *start, *end, *first;                /* (padded tags); first: as `start`, with -69 for I tags */
    float *valid_start;                        /* (padded tags); as `start`, with the lowest number for I tags */
    const uint8_t *allowed;                    /* (intents, tags) */
    const int32_t *set_of;                     /* (intents): a set of tags, or -1 for all tags */
    const int32_t *set_sizes, *set_tags;       /* (sets), and the tags of one set after the other */
    float *undeclared, *declared;              /* (intents): logarithm of the probability, and of 1 minus it */
    decision decision;
    segmentation segmentation;
    const uint32_t *runs;                      /* runs of characters of one class */
    int64_t num_runs;
} model;

/* The words of some texts, in order. */
typedef struct {
    int32_t num_texts, num_words;
    int32_t longest; /* words in the longest text */
    int32_t *counts;  /* (texts): words of a text */
    int32_t *offsets; /* (texts): index of the first word of a text */
    int32_t *bytes;   /* (texts): bytes of the words of a text */
    int32_t *order;   /* (texts): the longest first */
    int32_t *spans;   /* (words, 2): first character of a word, and the one after its last */
    int32_t *firsts;  /* (words + 1): index of the first byte of a word in `ids` */
    uint16_t *ids;    /* ids of the bytes of all words */
} batch;

/* The same functions for several kinds of processors. Rows of floats are padded. */
typedef struct instructions {
    const char *name;
    /* y += x * matrix; x in rows of float */
    void (*multiply)(const matrix *m, const float *x, size_t x_stride, float *y, size_t y_stride, int64_t rows);
    /* y += x * matrix; x in rows of int8_t, with the value of 1 in each row */
    void (*multiply_bytes)(const matrix *m, const int8_t *x, size_t x_stride, const float *units, float *y,
                           size_t y_stride, int64_t rows);
    /* Turn the gates that the inputs gave, (words, 4 * cells), into states, and into bytes of them if `bytes`. */
    void (*recur)(const lstm *l, const batch *b, bool backward, const float *gates, float *states, int8_t *bytes,
                  size_t stride, float *memory);
    /* Round a row to whole numbers from -127 to 127; return the value of 1. */
    float (*quantise)(const float *x, int8_t *bytes, int32_t size);
    /* y += row of a table of embeddings */
    void (*add_row)(const tensor *table, int64_t row, float *y);
    /* y += x * factor; sizes are padded */
    void (*add_scaled)(const float *x, float factor, float *y, int32_t size);
    float (*dot)(const float *x, const float *y, int32_t size);
    /* The logarithm of the sum over all valid sequences of `size` tags; `scores` and `next`: room for padded tags. */
    float (*log_partition)(const float *emissions, int32_t num_words, size_t stride, const float *factors,
                           const float *first, const float *end, int32_t size, int32_t width, float *scores,
                           float *next);
    /* The scores of the best sequences up to each word, (words, padded tags). */
    void (*best_scores)(const float *emissions, int32_t num_words, const float *between, const float *start,
                        int32_t num_tags, int32_t padded, float *scores);
    /* One step of `size` cells: gates before their functions become gates; `memory_before` is NULL at the start. */
    void (*step_cells)(float *gates, const float *memory_before, float *memory, float *states, int32_t size);
    /* The way back: gates become their gradients. `from_next`: the gradient of the states from the next step. */
    void (*step_cells_back)(float *gates, const float *memory_before, const float *memory, const float *state_gradient,
                            const float *from_next, float *memory_gradient, int32_t size);
} instructions;

extern const instructions PLAIN;
/* NULL where the compiler or the processor does not have them. */
const instructions *avx2_instructions(void);
const instructions *avx512_instructions(void);
const instructions *neon_instructions(void);

/* Memory that the caller allocated; with `start` NULL it only counts. */
typedef struct {
    uint8_t *start;
    size_t used;
} arena;

void *take(arena *a, size_t count, size_t size);

static inline int32_t padded_to(int32_t size, int32_t unit) { return (size + unit - 1) / unit * unit; }
static inline int32_t padded(int32_t size) { return padded_to(size, BLOCK); }

/* numbers.c */
float number_at(const uint8_t *data, int64_t kind, int64_t index);
float value_at(const tensor *t, int64_t index);
float half_to_float(uint16_t half);
uint16_t float_to_half(float value);

/* words.c */
int64_t split_texts(const model *m, const uint8_t *texts, const int64_t *offsets, int32_t max_bytes, batch *b);

/* hashing.c */
void find_word_keys(const batch *b, int64_t *keys);
void add_ngrams(const model *m, const uint16_t *ids, int32_t size, float *y);
int64_t find_row(const tensor *table, int64_t key);
void find_matches(const model *m, const more_phrases *more, const int64_t *keys, int32_t num_words, uint8_t *longest,
                  uint8_t *marks);

/* stacks.c */
typedef struct {
    const float *states; /* inputs of the first layer: states of another stack, and their bytes */
    const int8_t *bytes;
    size_t stride;
    const float *const *known; /* (words): the row of each word, with its vector and products */
    const uint8_t *marks;      /* (words, 2 * catalogs + 2), catalog matches; NULL without them */
} stack_inputs;

typedef struct {
    float *gates;      /* (words, 4 * cells) */
    float *memory;     /* (texts, cells) */
    float *units;      /* (words), the value of 1 in the bytes of states */
    float *states[2];  /* (words, 2 * cells); the result is in the first one */
    int8_t *bytes[2];
} stack_room;

void run_stack(const model *m, const stack *s, const batch *b, const stack_inputs *given, const stack_room *room);

/* known.c */
int32_t find_known(const model *m, uint8_t *memory, const batch *b, const int64_t *keys, float *fresh,
                   const float **rows, int32_t *words);
void remember(const model *m, uint8_t *memory, const batch *b, const int64_t *keys, const float *fresh,
              const int32_t *words, int32_t num_fresh);

/* segments.c */
size_t room_for_starts(const model *m, int32_t num_words);
void find_starts(const model *m, const batch *b, const float *states, const float *const *known, float *room,
                 float *starts);

/* decoding.c */
size_t room_for_scores(const model *m, int32_t num_words, int32_t num_texts);
float tag_cost(const model *m, const float *slot_logits, const int32_t *tags, int32_t num_words, float whole);
size_t room_for_tags(const model *m, int32_t num_words);
void score_intents(const model *m, const batch *b, const float *slot_logits, float *scores, float *whole,
                   float *room);
float decide(const model *m, const float *pooled, const float *logits, const float *scores, const int64_t *keys,
             const int32_t *tags, int32_t num_words, float tag_cost, float *z);
void decode_slots(const model *m, const float *slot_logits, int32_t num_words, int32_t intent, int32_t *tags,
                  int32_t *other, float *room);

#endif
