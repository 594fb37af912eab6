/* What the caller says about a model and about a call. Python has the same structures, in `native.py`. */
#ifndef BILSTM_NLU_PLAN_H
#define BILSTM_NLU_PLAN_H

#include "kernel.h"

enum { ANY_INSTRUCTIONS = 0, PLAIN_C = 1, WITH_AVX2 = 2, WITH_AVX512 = 3, WITH_NEON = 4 };

/* Where each tensor is in `plan.tensors`. Four tensors for each direction of each layer of each stack follow: weights
 * of the inputs, weights of the states, and the biases of both. */
enum {
    WORDS, NGRAMS, TABLE, PHRASES, CATALOGS, ANY_INTENT, ANY_SLOT, MARKS_INTENT, MARKS_SLOT, ATTENTION, INTENT_WEIGHT,
    INTENT_BIAS, SLOT_WEIGHT, SLOT_BIAS, BETWEEN, START, END, CENTER, PROJECTION, CLASS_MEANS, MEAN, PRECISIONS,
    DIRECTION, WORD_SCORES, WORD_KEYS, LOCATION, SPREAD, WEIGHT, BIAS, SEGMENT_HIDDEN, SEGMENT_BIAS, SEGMENT_START,
    SEGMENT_START_BIAS, SEGMENT_WHOLE, SEGMENT_WHOLE_BIAS, LSTMS
};

typedef struct {
    int64_t version, instructions, kept;
    int64_t word_dim, ngram_dim, ngram_min, ngram_max;
    int64_t hidden[3], layers[3]; /* shared, intent, slot */
    int64_t skips, is_wide, pooling, num_intents, num_tags, use_crf, num_catalogs, max_phrase;
    int64_t decision_dims, fallback; /* fallback: the intent, or -1 */
    int64_t segment_hidden;
    int64_t has_shares, is_restricted, has_undeclared, num_sets, num_members, num_runs, num_tensors;
    const tensor *tensors;
    const uint8_t *allowed;    /* (intents, tags) */
    const int32_t *set_of;     /* (intents) */
    const int32_t *set_sizes;  /* (sets) */
    const int32_t *set_tags;   /* (members) */
    const float *undeclared;   /* (intents), probabilities */
    const uint32_t *runs;      /* (runs), which the model uses */
    const model *base;         /* for KEEP_DIFFERENCE */
} plan;

/* WITH_STARTS: also where segments start; WHOLES_ONLY: only whether each text is one whole utterance. */
enum { WITH_STATES = 1, WITH_SLOT_LOGITS = 2, WITH_STARTS = 4, WHOLES_ONLY = 8 };

typedef struct {
    int64_t num_texts, max_bytes, flags;
    const uint8_t *texts;    /* one text after the other */
    const int64_t *offsets;  /* (texts + 1) */
    const uint8_t *allowed;  /* (intents), whether an intent is allowed; NULL allows all */
    more_phrases more;
    uint8_t *memory;         /* of known words, zeros at first; NULL remembers nothing */
    /* The results: the number of words, and where the arrays begin in the workspace. */
    int64_t num_words, counts, bytes, spans, scores, probabilities, tags, pooled, slot_states, slot_logits;
    int64_t decisions; /* (texts), if the model has a decision */
    int64_t starts, wholes; /* (words) and (texts), the log-odds of the heads that split texts */
} call;

/* A bidirectional LSTM that is trained, see `training.c`. Results of the way forward are inputs of the way back. */
typedef struct {
    int64_t version, instructions, hidden, num_steps;
    const int64_t *active;        /* (steps): texts that have a word in each step */
    const float *weights[2];      /* (4 * hidden, hidden) of each direction */
    float *gates[2];              /* (words, 4 * hidden): what the inputs add; then gates; then their gradients */
    float *states, *memory;       /* (words, 2 * hidden) */
    const float *state_gradients; /* (words, 2 * hidden) */
    float *before;                /* (words, 2 * hidden): the states before each word, from the way back */
} lstm_call;

/* Errors, all negative. A number of a tensor is subtracted from the last two. */
enum { WRONG_PLAN = -1, WRONG_CALL = -2, NOT_FINITE = -1000, TOO_LARGE = -100000 };

#if defined(_WIN32)
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

/* The instructions that this processor has: a sum of 1 << number. */
EXPORTED int64_t kernel_instructions(void);
/* Whether instructions compute what plain C computes: 1 or 0. */
EXPORTED int64_t kernel_check(int64_t instructions);
/* The bytes that a model needs, or an error. */
EXPORTED int64_t kernel_model_bytes(const plan *p);
/* Make a model in memory that begins at a multiple of 64; 0 or an error. */
EXPORTED int64_t kernel_make_model(const plan *p, uint8_t *memory);
/* The bytes of memory for the words that one series of calls knows. */
EXPORTED int64_t kernel_memory_bytes(const model *m);
/* Forget the words in this memory, before a series of calls of another model; 0. */
EXPORTED int64_t kernel_forget(uint8_t *memory);
/* Compute the network for texts; 0, an error, or the bytes that the workspace must have. */
EXPORTED int64_t kernel_run(const model *m, call *c, uint8_t *workspace, int64_t size);

/* Compute only the matrix products of a text, to measure them; 0, an error, or the bytes of a zeroed workspace. */
EXPORTED int64_t kernel_products(const model *m, int64_t num_words, int64_t with_vectors, uint8_t *workspace,
                                 int64_t size);

/* Compute both directions of an LSTM, or their gradients; 0, an error, or the bytes that the workspace must have. */
EXPORTED int64_t kernel_lstm(const lstm_call *c, int64_t is_backward, uint8_t *workspace, int64_t size);

const instructions *instructions_of(int64_t number);

#endif
