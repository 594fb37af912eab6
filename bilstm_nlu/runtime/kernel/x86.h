/* Which instructions an x86 processor and its operating system have. */
#ifndef BILSTM_NLU_X86_H
#define BILSTM_NLU_X86_H

#if defined(__x86_64__) || defined(_M_X64)
#define HAS_X86 1
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#define TARGET_OF(NAMES)
#define INLINE __forceinline
#else
#include <cpuid.h>
#include <immintrin.h>
#define TARGET_OF(NAMES) __attribute__((target(NAMES)))
#define INLINE inline __attribute__((always_inline))
#endif
#include <stdbool.h>
#include <stdint.h>

static inline void read_features(uint32_t leaf, uint32_t registers[4]) {
#if defined(_MSC_VER) && !defined(__clang__)
    __cpuidex((int *)registers, (int)leaf, 0);
#else
    if (!__get_cpuid_count(leaf, 0, &registers[0], &registers[1], &registers[2], &registers[3]))
        registers[0] = registers[1] = registers[2] = registers[3] = 0;
#endif
}

/* The kinds of registers that the operating system saves: bits of XCR0. */
static inline uint64_t saved_registers(void) {
#if defined(_MSC_VER) && !defined(__clang__)
    return _xgetbv(0);
#else
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
#endif
}

static inline bool has_avx2(void) {
    uint32_t one[4], seven[4];
    read_features(1, one);
    if (!(one[2] >> 27 & 1)) return false; /* the system does not tell what it saves */
    read_features(7, seven);
    bool has = (one[2] >> 12 & 1) && (one[2] >> 28 & 1) && (one[2] >> 29 & 1) && (seven[1] >> 5 & 1);
    return has && (saved_registers() & 6) == 6;
}

static inline bool has_avx512_vnni(void) {
    uint32_t seven[4];
    if (!has_avx2()) return false;
    read_features(7, seven);
    bool has = (seven[1] >> 16 & 1) && (seven[1] >> 17 & 1) && (seven[1] >> 30 & 1) && (seven[1] >> 31 & 1);
    return has && (seven[2] >> 11 & 1) && (saved_registers() & 0xe6) == 0xe6;
}
#endif
#endif
