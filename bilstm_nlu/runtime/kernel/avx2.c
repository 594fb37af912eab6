/* AVX2 with FMA and F16C: x86 processors since 2013. */
#include "kernel.h"
#include "x86.h"

#ifdef HAS_X86
#define TARGET TARGET_OF("avx2,fma,f16c")
#define LANES 8
#define ROWS 4
#define STEP_ROWS 2
#define IS_SHIFTED 0

typedef __m256 VF;
typedef __m256i VI;
/* The sizes of four bytes, and the bytes with their signs: one instruction multiplies sizes and signed weights. */
typedef struct {
    __m256i sizes, signs;
} VX;

TARGET static INLINE VF v_set(float x) { return _mm256_set1_ps(x); }
TARGET static INLINE VF v_load(const void *x) { return _mm256_loadu_ps((const float *)x); }
TARGET static INLINE void v_store(float *x, VF y) { _mm256_storeu_ps(x, y); }
TARGET static INLINE VF v_add(VF x, VF y) { return _mm256_add_ps(x, y); }
TARGET static INLINE VF v_sub(VF x, VF y) { return _mm256_sub_ps(x, y); }
TARGET static INLINE VF v_mul(VF x, VF y) { return _mm256_mul_ps(x, y); }
TARGET static INLINE VF v_div(VF x, VF y) { return _mm256_div_ps(x, y); }
TARGET static INLINE VF v_fma(VF x, VF y, VF z) { return _mm256_fmadd_ps(x, y, z); }
TARGET static INLINE VF v_max(VF x, VF y) { return _mm256_max_ps(x, y); }
TARGET static INLINE VF v_min(VF x, VF y) { return _mm256_min_ps(x, y); }
TARGET static INLINE VF v_half(const void *x) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)x)); }
TARGET static INLINE VF v_bytes(const int8_t *x) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)x)));
}
TARGET static INLINE VI v_rounded(VF x) { return _mm256_cvtps_epi32(x); }
TARGET static INLINE void v_store_bytes(int8_t *x, VI y) {
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1));
    _mm_storel_epi64((__m128i *)x, _mm_packs_epi16(words, words));
}
TARGET static INLINE VI v_as_int(VF x) { return _mm256_castps_si256(x); }
TARGET static INLINE VF vi_as_float(VI x) { return _mm256_castsi256_ps(x); }
TARGET static INLINE VF vi_float(VI x) { return _mm256_cvtepi32_ps(x); }
TARGET static INLINE VI vi_set(int32_t x) { return _mm256_set1_epi32(x); }
TARGET static INLINE VI vi_load(const int32_t *x) { return _mm256_loadu_si256((const __m256i *)x); }
TARGET static INLINE VI vi_add(VI x, VI y) { return _mm256_add_epi32(x, y); }
TARGET static INLINE VI vi_sub(VI x, VI y) { return _mm256_sub_epi32(x, y); }
TARGET static INLINE VI vi_shift_left_23(VI x) { return _mm256_slli_epi32(x, 23); }
TARGET static INLINE VI vi_shift_right_23(VI x) { return _mm256_srai_epi32(x, 23); }
TARGET static INLINE VX vx_load(const int8_t *x) {
    int32_t four;
    memcpy(&four, x, sizeof four);
    VX y;
    y.signs = _mm256_set1_epi32(four);
    y.sizes = _mm256_abs_epi8(y.signs);
    return y;
}
TARGET static INLINE VI vi_dot(VI sum, VX x, const int8_t *w) {
    __m256i weights = _mm256_sign_epi8(_mm256_loadu_si256((const __m256i *)w), x.signs);
    __m256i pairs = _mm256_maddubs_epi16(x.sizes, weights); /* at most 2 * 127 * 127: it does not overflow */
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#include "vector.inc.h"

static const instructions AVX2 = INSTRUCTIONS("avx2");

const instructions *avx2_instructions(void) { return has_avx2() ? &AVX2 : NULL; }
#else
const instructions *avx2_instructions(void) { return NULL; }
#endif
