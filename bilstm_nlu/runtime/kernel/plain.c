/* Plain C, for every processor: the reference of the others. */
#include "kernel.h"

#define TARGET
#define INLINE inline
#define LANES 8
#define ROWS 4
#define STEP_ROWS 2
#define IS_SHIFTED 0

typedef struct {
    float at[LANES];
} VF;
typedef struct {
    int32_t at[LANES];
} VI;
typedef struct {
    int32_t at[4];
} VX;

#define EACH for (int i = 0; i < LANES; i++)

static inline VF v_set(float x) {
    VF y;
    EACH y.at[i] = x;
    return y;
}
static inline VF v_load(const void *x) {
    VF y;
    memcpy(y.at, x, sizeof y.at);
    return y;
}
static inline void v_store(float *x, VF y) { memcpy(x, y.at, sizeof y.at); }
static inline VF v_add(VF x, VF y) {
    EACH x.at[i] += y.at[i];
    return x;
}
static inline VF v_sub(VF x, VF y) {
    EACH x.at[i] -= y.at[i];
    return x;
}
static inline VF v_mul(VF x, VF y) {
    EACH x.at[i] *= y.at[i];
    return x;
}
static inline VF v_div(VF x, VF y) {
    EACH x.at[i] /= y.at[i];
    return x;
}
static inline VF v_fma(VF x, VF y, VF z) {
    EACH z.at[i] += x.at[i] * y.at[i];
    return z;
}
static inline VF v_max(VF x, VF y) {
    EACH x.at[i] = x.at[i] > y.at[i] ? x.at[i] : y.at[i];
    return x;
}
static inline VF v_min(VF x, VF y) {
    EACH x.at[i] = x.at[i] < y.at[i] ? x.at[i] : y.at[i];
    return x;
}
static inline VF v_half(const void *x) {
    uint16_t halves[LANES];
    VF y;
    memcpy(halves, x, sizeof halves);
    EACH y.at[i] = half_to_float(halves[i]);
    return y;
}
static inline VF v_bytes(const int8_t *x) {
    VF y;
    EACH y.at[i] = x[i];
    return y;
}
static inline VI v_rounded(VF x) { /* half to even */
    VI y;
    EACH {
        float whole = x.at[i] + 12582912.0f;
        whole -= 12582912.0f;
        y.at[i] = whole >= -2147483648.0f && whole < 2147483648.0f ? (int32_t)whole : INT32_MIN;
    }
    return y;
}
static inline void v_store_bytes(int8_t *x, VI y) { EACH x[i] = (int8_t)y.at[i]; }
static inline VI v_as_int(VF x) {
    VI y;
    memcpy(&y, &x, sizeof y);
    return y;
}
static inline VF vi_as_float(VI x) {
    VF y;
    memcpy(&y, &x, sizeof y);
    return y;
}
static inline VF vi_float(VI x) {
    VF y;
    EACH y.at[i] = (float)x.at[i];
    return y;
}
static inline VI vi_set(int32_t x) {
    VI y;
    EACH y.at[i] = x;
    return y;
}
static inline VI vi_load(const int32_t *x) {
    VI y;
    memcpy(y.at, x, sizeof y.at);
    return y;
}
static inline VI vi_add(VI x, VI y) {
    EACH x.at[i] += y.at[i];
    return x;
}
static inline VI vi_sub(VI x, VI y) {
    EACH x.at[i] -= y.at[i];
    return x;
}
static inline VI vi_shift_left_23(VI x) {
    EACH x.at[i] = (int32_t)((uint32_t)x.at[i] << 23);
    return x;
}
static inline VI vi_shift_right_23(VI x) {
    EACH x.at[i] >>= 23;
    return x;
}
static inline VX vx_load(const int8_t *x) {
    VX y = {{x[0], x[1], x[2], x[3]}};
    return y;
}
static inline VI vi_dot(VI sum, VX x, const int8_t *w) {
    EACH sum.at[i] += x.at[0] * w[4 * i] + x.at[1] * w[4 * i + 1] + x.at[2] * w[4 * i + 2] + x.at[3] * w[4 * i + 3];
    return sum;
}

#include "vector.inc.h"

const instructions PLAIN = INSTRUCTIONS("plain");
