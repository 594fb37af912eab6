/* A bidirectional LSTM while it is trained: what depends on the word before. The products with the inputs of all words,
 * and the gradients of the weights, are large products, which the caller makes.
 *
 * Words are in the order of torch's packed sequences: the first words of all texts, then the second words, and so on;
 * longer texts come first. So the words of a step are next to each other, and those of the step before, too.
 */
#include "plan.h"

typedef struct {
    const lstm_call *call;
    const instructions *run;
    size_t hidden, width, most; /* width: hidden, padded to a panel; most: texts in the first step */
    const int64_t *offsets;     /* (steps + 1) words before each step */
    int direction;
    matrix of_cells;
    float *from_next, *memory_gradient; /* (texts, width) and (texts, hidden) */
} pass;

static size_t rows_of(const pass *p, int64_t step) {
    return step < 0 || step >= p->call->num_steps ? 0 : (size_t)(p->offsets[step + 1] - p->offsets[step]);
}

/* Cut the weights (4 * hidden, hidden) into panels of their rows, for the way forward, or of their columns. */
static void cut(const pass *p, const float *weights, bool of_rows) {
    float *panels = p->of_cells.weights;
    size_t hidden = p->hidden, inputs = (size_t)p->of_cells.inputs;
    if (of_rows) {
        for (size_t panel = 0; panel < 4 * hidden / PANEL; panel++)
            for (size_t first = 0; first < inputs; first += BLOCK) /* a block stays in the nearest cache */
                for (size_t lane = 0; lane < PANEL; lane++) {
                    const float *row = weights + (panel * PANEL + lane) * hidden + first;
                    float *column = panels + (panel * inputs + first) * PANEL + lane;
                    for (size_t k = 0; k < BLOCK; k++) column[k * PANEL] = row[k];
                }
        return;
    }
    for (size_t panel = 0; panel < p->width / PANEL; panel++)
        for (size_t k = 0; k < inputs; k++) {
            size_t first = panel * PANEL, count = hidden - first < PANEL ? hidden - first : PANEL;
            float *row = panels + (panel * inputs + k) * PANEL;
            memcpy(row, weights + k * hidden + first, count * sizeof *row);
            memset(row + count, 0, (PANEL - count) * sizeof *row);
        }
}

/* Index of the word of a text (`row`) one step earlier in the direction; a text without one has fewer rows there. */
static bool has_before(const pass *p, int64_t step, size_t row, size_t *word) {
    int64_t before = p->direction ? step + 1 : step - 1;
    if (row >= rows_of(p, before)) return false;
    *word = (size_t)p->offsets[before] + row;
    return true;
}

static void run_forward(const pass *p) {
    const lstm_call *c = p->call;
    size_t hidden = p->hidden, both = 2 * hidden, part = (size_t)p->direction * hidden;
    float *gates = c->gates[p->direction], *states = c->states + part, *memory = c->memory + part;
    for (int64_t done = 0; done < c->num_steps; done++) {
        int64_t step = p->direction ? c->num_steps - 1 - done : done, before = p->direction ? step + 1 : step - 1;
        size_t rows = rows_of(p, step), known = rows_of(p, before), first = (size_t)p->offsets[step];
        known = known < rows ? known : rows;
        if (known)
            p->run->multiply(&p->of_cells, states + (size_t)p->offsets[before] * both, both, gates + first * 4 * hidden,
                             4 * hidden, (int64_t)known);
        for (size_t row = 0; row < rows; row++) {
            size_t word = first + row, last = 0;
            bool has = has_before(p, step, row, &last);
            p->run->step_cells(gates + word * 4 * hidden, has ? memory + last * both : NULL, memory + word * both,
                               states + word * both, (int32_t)hidden);
        }
    }
}

static void run_backward(const pass *p) {
    const lstm_call *c = p->call;
    size_t hidden = p->hidden, both = 2 * hidden, part = (size_t)p->direction * hidden;
    float *gates = c->gates[p->direction], *before_states = c->before + part;
    const float *states = c->states + part, *memory = c->memory + part;
    memset(p->from_next, 0, p->most * p->width * sizeof *p->from_next);
    memset(p->memory_gradient, 0, p->most * hidden * sizeof *p->memory_gradient);
    for (int64_t done = 0; done < c->num_steps; done++) {
        int64_t step = p->direction ? done : c->num_steps - 1 - done, before = p->direction ? step + 1 : step - 1;
        size_t rows = rows_of(p, step), known = rows_of(p, before), first = (size_t)p->offsets[step];
        known = known < rows ? known : rows;
        for (size_t row = 0; row < rows; row++) {
            size_t word = first + row, last = 0;
            bool has = has_before(p, step, row, &last);
            p->run->step_cells_back(gates + word * 4 * hidden, has ? memory + last * both : NULL, memory + word * both,
                                    c->state_gradients + word * both + part, p->from_next + row * p->width,
                                    p->memory_gradient + row * hidden, (int32_t)hidden);
            if (has)
                memcpy(before_states + word * both, states + last * both, hidden * sizeof *states);
            else
                memset(before_states + word * both, 0, hidden * sizeof *states);
        }
        memset(p->from_next, 0, known * p->width * sizeof *p->from_next);
        if (known)
            p->run->multiply(&p->of_cells, gates + first * 4 * hidden, 4 * hidden, p->from_next, p->width,
                             (int64_t)known);
    }
}

int64_t kernel_lstm(const lstm_call *c, int64_t is_backward, uint8_t *workspace, int64_t size) {
    if (c->version != KERNEL_VERSION || instructions_of(c->instructions) == NULL || c->hidden < 1 ||
        c->hidden > 65536 || c->hidden % BLOCK || c->num_steps < 1)
        return WRONG_CALL;
    for (int64_t step = 0; step < c->num_steps; step++)
        if (c->active[step] < 1 || c->active[step] > INT32_MAX || (step && c->active[step] > c->active[step - 1]))
            return WRONG_CALL;
    arena a = {workspace + (64 - (uintptr_t)workspace % 64) % 64, 0};
    pass p = {.call = c, .run = instructions_of(c->instructions), .hidden = (size_t)c->hidden};
    p.width = (size_t)padded_to((int32_t)c->hidden, PANEL);
    p.most = (size_t)c->active[0];
    int64_t *offsets = take(&a, (size_t)c->num_steps + 1, sizeof *offsets);
    p.of_cells = (matrix){.inputs = (int32_t)(is_backward ? 4 * p.hidden : p.hidden), .kept = KEEP_FLOAT};
    p.of_cells.outputs = (int32_t)(is_backward ? p.width : 4 * p.hidden);
    p.of_cells.weights = take(&a, 4 * p.hidden * p.width, sizeof(float));
    p.from_next = take(&a, p.most * p.width, sizeof(float));
    p.memory_gradient = take(&a, p.most * p.hidden, sizeof(float));
    if ((int64_t)a.used + 64 > size) return (int64_t)a.used + 64;
    offsets[0] = 0;
    for (int64_t step = 0; step < c->num_steps; step++) offsets[step + 1] = offsets[step] + c->active[step];
    p.offsets = offsets;
    for (p.direction = 0; p.direction < 2; p.direction++) {
        cut(&p, c->weights[p.direction], !is_backward);
        if (is_backward)
            run_backward(&p);
        else
            run_forward(&p);
    }
    return 0;
}
