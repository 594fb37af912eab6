/* AVX-512 with VNNI: x86 servers since 2019, and AMD processors since Zen 4. */
#include "kernel.h"
#include "x86.h"

#ifdef HAS_X86
#define TARGET TARGET_OF("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")
#define LANES 16
#define ROWS 8
#define STEP_ROWS 4
#define IS_SHIFTED 1

typedef __m512 VF;
typedef __m512i VI;
typedef __m512i VX;

TARGET static INLINE VF v_set(float x) { return _mm512_set1_ps(x); }
TARGET static INLINE VF v_load(const void *x) { return _mm512_loadu_ps(x); }
TARGET static INLINE void v_store(float *x, VF y) { _mm512_storeu_ps(x, y); }
TARGET static INLINE VF v_add(VF x, VF y) { return _mm512_add_ps(x, y); }
TARGET static INLINE VF v_sub(VF x, VF y) { return _mm512_sub_ps(x, y); }
TARGET static INLINE VF v_mul(VF x, VF y) { return _mm512_mul_ps(x, y); }
TARGET static INLINE VF v_div(VF x, VF y) { return _mm512_div_ps(x, y); }
TARGET static INLINE VF v_fma(VF x, VF y, VF z) { return _mm512_fmadd_ps(x, y, z); }
TARGET static INLINE VF v_max(VF x, VF y) { return _mm512_max_ps(x, y); }
TARGET static INLINE VF v_min(VF x, VF y) { return _mm512_min_ps(x, y); }
TARGET static INLINE VF v_half(const void *x) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)x)); }
TARGET static INLINE VF v_bytes(const int8_t *x) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)x)));
}
TARGET static INLINE VI v_rounded(VF x) { return _mm512_cvtps_epi32(x); }
TARGET static INLINE void v_store_bytes(int8_t *x, VI y) { /* `vi_dot` takes unsigned inputs: 128 more each */
    _mm_storeu_si128((__m128i *)x, _mm_xor_si128(_mm512_cvtsepi32_epi8(y), _mm_set1_epi8(-128)));
}
TARGET static INLINE VI v_as_int(VF x) { return _mm512_castps_si512(x); }
TARGET static INLINE VF vi_as_float(VI x) { return _mm512_castsi512_ps(x); }
TARGET static INLINE VF vi_float(VI x) { return _mm512_cvtepi32_ps(x); }
TARGET static INLINE VI vi_set(int32_t x) { return _mm512_set1_epi32(x); }
TARGET static INLINE VI vi_load(const int32_t *x) { return _mm512_loadu_si512(x); }
TARGET static INLINE VI vi_add(VI x, VI y) { return _mm512_add_epi32(x, y); }
TARGET static INLINE VI vi_sub(VI x, VI y) { return _mm512_sub_epi32(x, y); }
TARGET static INLINE VI vi_shift_left_23(VI x) { return _mm512_slli_epi32(x, 23); }
TARGET static INLINE VI vi_shift_right_23(VI x) { return _mm512_srai_epi32(x, 23); }
TARGET static INLINE VX vx_load(const int8_t *x) {
    int32_t four;
    memcpy(&four, x, sizeof four);
    return _mm512_set1_epi32(four);
}
TARGET static INLINE VI vi_dot(VI sum, VX x, const int8_t *w) {
#if defined(__GNUC__) /* GCC 12 copies registers around the intrinsic */
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(_mm512_loadu_si512(w)));
    return sum;
#else
    return _mm512_dpbusd_epi32(sum, x, _mm512_loadu_si512(w));
#endif
}

#include "vector.inc.h"

static const instructions AVX512 = INSTRUCTIONS("avx512");

const instructions *avx512_instructions(void) { return has_avx512_vnni() ? &AVX512 : NULL; }
#else
const instructions *avx512_instructions(void) { return NULL; }
#endif
