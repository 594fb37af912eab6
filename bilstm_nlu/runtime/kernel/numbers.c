/* Numbers of all kinds that a checkpoint may have, as floats. */
#include "kernel.h"

void *take(arena *a, size_t count, size_t size) {
    size_t place = (a->used + 63) / 64 * 64;
    a->used = place + count * size;
    return a->start == NULL ? NULL : a->start + place;
}

float half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 1023, bits;
    float value;
    if (exponent == 31)
        bits = sign | 0x7f800000 | fraction << 13;
    else if (exponent)
        bits = sign | (exponent + 112) << 23 | fraction << 13;
    else { /* zero, or a number below the normal ones */
        value = (float)fraction * (1.0f / 16777216.0f);
        return sign ? -value : value;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint16_t float_to_half(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    bits &= 0x7fffffff;
    if (bits >= 0x477ff000) return sign | 0x7c00; /* rounds to infinity */
    if (bits < 0x38800000) {                      /* below the normal numbers */
        float magnitude;
        memcpy(&magnitude, &bits, sizeof magnitude);
        magnitude = magnitude * 16777216.0f + 8388608.0f; /* the sum rounds to a whole number */
        memcpy(&bits, &magnitude, sizeof bits);
        return sign | (uint16_t)(bits - 0x4b000000);
    }
    bits += 0xfff + (bits >> 13 & 1);
    return sign | (uint16_t)((bits - 0x38000000) >> 13);
}

float number_at(const uint8_t *data, int64_t kind, int64_t index) {
    float value = 0;
    switch (kind) {
    case FLOAT32:
        memcpy(&value, data + 4 * index, sizeof value);
        break;
    case FLOAT16: {
        uint16_t half;
        memcpy(&half, data + 2 * index, sizeof half);
        return half_to_float(half);
    }
    case BFLOAT16: {
        uint16_t upper;
        memcpy(&upper, data + 2 * index, sizeof upper);
        uint32_t bits = (uint32_t)upper << 16;
        memcpy(&value, &bits, sizeof value);
        break;
    }
    case FLOAT64: {
        double wide;
        memcpy(&wide, data + 8 * index, sizeof wide);
        return (float)wide;
    }
    case INT8:
        return (float)(int8_t)data[index];
    }
    return value;
}

float value_at(const tensor *t, int64_t index) {
    if (t->kind != DIFFERENCE) return number_at(t->data, t->kind, index);
    float before = half_to_float(float_to_half(number_at(t->base, t->base_kind, index)));
    float step = number_at(t->scale, t->scale_kind, index / t->cols);
    return half_to_float(float_to_half(before + step * (float)(int8_t)t->data[index]));
}
