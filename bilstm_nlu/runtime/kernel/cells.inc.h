/* The cells of an LSTM while it is trained: one step of one row, and the way back. Included by `vector.inc.h`.
 *
 * `gates` has the input, forget, new and output gates of `size` cells, one kind after the other, as torch has them.
 */

TARGET static INLINE VF v_sigmoid(VF x) {
    VF one = v_set(1.0f);
    return v_div(one, v_add(one, v_exp(v_sub(v_set(0.0f), x))));
}

TARGET static INLINE VF v_tanh(VF x) {
    VF one = v_set(1.0f), back = v_exp(v_min(v_max(v_mul(x, v_set(-2.0f)), v_set(-30.0f)), v_set(30.0f)));
    return v_div(v_sub(one, back), v_add(one, back));
}

/* 0, or NaN if x is NaN, which the functions above hide. Of two operands, the second one decides if it is NaN. */
TARGET static INLINE VF v_doubt(VF x) {
    return v_mul(v_set(0.0f), v_min(v_set(1.0f), v_max(v_set(-1.0f), x)));
}

TARGET static void step_cells(float *gates, const float *memory_before, float *memory, float *states, int32_t size) {
    for (int32_t i = 0; i < size; i += LANES) {
        VF input = v_load(gates + i), forget = v_load(gates + size + i);
        VF new = v_load(gates + 2 * size + i), output = v_load(gates + 3 * size + i);
        VF doubt = v_doubt(v_add(v_add(input, forget), v_add(new, output)));
        input = v_sigmoid(input), forget = v_sigmoid(forget), new = v_tanh(new), output = v_sigmoid(output);
        VF now = v_fma(input, new, doubt);
        if (memory_before != NULL) now = v_fma(forget, v_load(memory_before + i), now);
        v_store(gates + i, input);
        v_store(gates + size + i, forget);
        v_store(gates + 2 * size + i, new);
        v_store(gates + 3 * size + i, output);
        v_store(memory + i, now);
        v_store(states + i, v_fma(output, v_tanh(now), doubt));
    }
}

TARGET static void step_cells_back(float *gates, const float *memory_before, const float *memory,
                                   const float *state_gradient, const float *from_next, float *memory_gradient,
                                   int32_t size) {
    VF one = v_set(1.0f);
    for (int32_t i = 0; i < size; i += LANES) {
        VF input = v_load(gates + i), forget = v_load(gates + size + i);
        VF new = v_load(gates + 2 * size + i), output = v_load(gates + 3 * size + i);
        VF squashed = v_tanh(v_load(memory + i)), before = v_set(0.0f);
        if (memory_before != NULL) before = v_load(memory_before + i);
        VF state = v_add(v_load(state_gradient + i), v_load(from_next + i));
        VF slope = v_mul(output, v_sub(one, v_mul(squashed, squashed)));
        VF now = v_fma(state, slope, v_load(memory_gradient + i));
        v_store(gates + i, v_mul(v_mul(now, new), v_mul(input, v_sub(one, input))));
        v_store(gates + size + i, v_mul(v_mul(now, before), v_mul(forget, v_sub(one, forget))));
        v_store(gates + 2 * size + i, v_mul(v_mul(now, input), v_sub(one, v_mul(new, new))));
        v_store(gates + 3 * size + i, v_mul(v_mul(state, squashed), v_mul(output, v_sub(one, output))));
        v_store(memory_gradient + i, v_mul(now, forget));
    }
}
