/* NEON: every 64-bit Arm processor. */
#include "kernel.h"

#if defined(__aarch64__) || defined(_M_ARM64)
#include <arm_neon.h>

#define TARGET
#if defined(_MSC_VER) && !defined(__clang__)
#define INLINE __forceinline
#else
#define INLINE inline __attribute__((always_inline))
#endif
#define LANES 4
#define ROWS 8
#define STEP_ROWS 4
#define IS_SHIFTED 0

typedef float32x4_t VF;
typedef int32x4_t VI;
typedef int8x16_t VX;

static INLINE VF v_set(float x) { return vdupq_n_f32(x); }
static INLINE VF v_load(const void *x) { return vreinterpretq_f32_u8(vld1q_u8((const uint8_t *)x)); }
static INLINE void v_store(float *x, VF y) { vst1q_f32(x, y); }
static INLINE VF v_add(VF x, VF y) { return vaddq_f32(x, y); }
static INLINE VF v_sub(VF x, VF y) { return vsubq_f32(x, y); }
static INLINE VF v_mul(VF x, VF y) { return vmulq_f32(x, y); }
static INLINE VF v_div(VF x, VF y) { return vdivq_f32(x, y); }
static INLINE VF v_fma(VF x, VF y, VF z) { return vfmaq_f32(z, x, y); }
static INLINE VF v_max(VF x, VF y) { return vmaxq_f32(x, y); }
static INLINE VF v_min(VF x, VF y) { return vminq_f32(x, y); }
static INLINE VF v_half(const void *x) { return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8((const uint8_t *)x))); }
static INLINE VF v_bytes(const int8_t *x) {
    int32_t four;
    memcpy(&four, x, sizeof four);
    int8x8_t bytes = vreinterpret_s8_s32(vdup_n_s32(four));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(bytes))));
}
static INLINE VI v_rounded(VF x) { return vcvtnq_s32_f32(x); }
static INLINE void v_store_bytes(int8_t *x, VI y) {
    int16x4_t words = vqmovn_s32(y);
    int8x8_t bytes = vqmovn_s16(vcombine_s16(words, words));
    int32_t four = vget_lane_s32(vreinterpret_s32_s8(bytes), 0);
    memcpy(x, &four, sizeof four);
}
static INLINE VI v_as_int(VF x) { return vreinterpretq_s32_f32(x); }
static INLINE VF vi_as_float(VI x) { return vreinterpretq_f32_s32(x); }
static INLINE VF vi_float(VI x) { return vcvtq_f32_s32(x); }
static INLINE VI vi_set(int32_t x) { return vdupq_n_s32(x); }
static INLINE VI vi_load(const int32_t *x) { return vld1q_s32(x); }
static INLINE VI vi_add(VI x, VI y) { return vaddq_s32(x, y); }
static INLINE VI vi_sub(VI x, VI y) { return vsubq_s32(x, y); }
static INLINE VI vi_shift_left_23(VI x) { return vshlq_n_s32(x, 23); }
static INLINE VI vi_shift_right_23(VI x) { return vshrq_n_s32(x, 23); }
static INLINE VX vx_load(const int8_t *x) {
    int32_t four;
    memcpy(&four, x, sizeof four);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}
static INLINE VI vi_dot(VI sum, VX x, const int8_t *w) {
    int8x16_t weights = vld1q_s8(w);
#if defined(__ARM_FEATURE_DOTPROD)
    return vdotq_s32(sum, weights, x);
#else
    int16x8_t low = vmull_s8(vget_low_s8(weights), vget_low_s8(x));
    int16x8_t high = vmull_s8(vget_high_s8(weights), vget_high_s8(x));
    return vaddq_s32(sum, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
#endif
}

#include "vector.inc.h"

static const instructions NEON = INSTRUCTIONS("neon");

const instructions *neon_instructions(void) { return &NEON; }
#else
const instructions *neon_instructions(void) { return NULL; }
#endif
