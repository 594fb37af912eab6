/* Whether a text is meant for the skill and its best intent is right: see `decision_bilstm_nlu.py`. */
#include "kernel.h"

static const float MOST = 4.0f, MOST_ODDS = 20.0f;

static float bounded(float value, float limit) { return value > limit ? limit : value < -limit ? -limit : value; }

/* The probability that the best intent is right and in scope.
 *
 * `pooled`: the input of the intent head, padded; `logits` and `scores`: (intents), before and after the slots count;
 * `keys` and `tags`: (words); `tag_cost`: minus the log-probability of the tags; `z`: room for the dims, padded to a multiple of HEAD, and then for
 * the inputs. */
float decide(const model *m, const float *pooled, const float *logits, const float *scores, const int64_t *keys,
             const int32_t *tags, int32_t num_words, float tag_cost, float *z) {
    const decision *d = &m->decision;
    int32_t best = -1, dims = padded_to(d->dims, HEAD);
    for (int32_t intent = 0; intent < m->num_intents; intent++)
        if (intent != d->fallback && (best < 0 || scores[intent] > scores[best])) best = intent;
    if (best < 0) best = 0; /* there is only the fallback intent */
    memset(z, 0, (size_t)dims * sizeof *z);
    float *moved = z + dims;
    for (int32_t i = 0; i < d->inputs; i++) moved[i] = pooled[i] - d->center[i];
    m->run->multiply(&d->projection, moved, (size_t)d->inputs, z, (size_t)dims, 1);
    float to_class = 0, to_skill = 0, background = 0;
    for (int32_t i = 0; i < d->dims; i++) {
        float from_class = z[i] - d->class_means[(size_t)best * (size_t)d->dims + (size_t)i], from_mean = z[i] - d->mean[i];
        to_class += from_class * from_class;
        to_skill += from_mean * from_mean * d->precisions[i];
        background += z[i] * d->direction[i];
    }
    float highest = -INFINITY, total = 0;
    for (int32_t intent = 0; intent < m->num_intents; intent++)
        if (intent != best && scores[intent] > highest) highest = scores[intent];
    for (int32_t intent = 0; intent < m->num_intents; intent++)
        if (intent != best && highest > -INFINITY) total += expf(scores[intent] - highest);
    float others = highest > -INFINITY ? highest + logf(total) : -INFINITY;
    float unknown = 0, unknown_outside = 0, elsewhere = 0;
    for (int32_t word = 0; word < num_words; word++) {
        const float *of_word = d->word_scores + 2 * find_row(&d->word_keys, keys[word]);
        unknown += of_word[0];
        unknown_outside += tags[word] ? 0 : of_word[0];
        elsewhere += of_word[1];
    }
    float count = (float)num_words;
    float signals[NUM_SIGNALS] = {log1pf(to_class), log1pf(to_skill), background, -logits[best],
                                  -bounded(scores[best] - others, MOST_ODDS), tag_cost, unknown / count,
                                  unknown_outside / count, elsewhere / count};
    float odds = d->bias;
    for (int i = 0; i < NUM_SIGNALS; i++)
        odds -= bounded((signals[i] - d->location[i]) / d->spread[i], MOST) * d->weight[i];
    return 1.0f / (1.0f + expf(-odds));
}
