/* Split texts into words and their bytes. A text is UTF-8, composed, and in lower case except for ASCII letters. */
#include "kernel.h"

enum { LETTER = 1, MARK = 2, NUMBER = 4, SINGLE = 8, SPACE = 16 };
enum { FIRST_START_ID = 2, FIRST_INNER_ID = 258 };

/* The place of a byte in the alphabet of a byte-level tokenizer: printable bytes first, then the others. */
static int rank_of(uint8_t byte) {
    if (byte < 33) return 188 + byte;
    if (byte < 127) return byte - 33;
    if (byte < 161) return 188 + 33 + (byte - 127);
    if (byte < 173) return 94 + (byte - 161);
    return byte == 173 ? 188 + 67 : 106 + (byte - 174);
}

static int class_of(const model *m, uint32_t character) {
    if (character < 128) {
        if ((character | 32) - 'a' < 26) return LETTER;
        if (character - '0' < 10) return NUMBER;
        return character == ' ' || character - 9 < 5 ? SPACE : 0;
    }
    int64_t low = 0, high = m->num_runs; /* the last run that does not begin after the character */
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        if (m->runs[middle] / 256 <= character)
            low = middle;
        else
            high = middle;
    }
    return (int)(m->runs[low] % 256);
}

/* Read a character; return its bytes. A byte that is not valid UTF-8 is a character of its own. */
static int64_t read_character(const uint8_t *text, int64_t left, uint32_t *character) {
    uint8_t byte = text[0];
    int64_t size = byte < 0xc2 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 1;
    *character = byte;
    if (size == 1 || size > left) return 1;
    uint32_t value = byte & (0x7f >> size);
    for (int64_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80) return 1;
        value = value << 6 | (text[i] & 0x3f);
    }
    *character = value;
    return size;
}

/* Whether the character at `place` has one of the classes. */
static bool has_class(const model *m, const uint8_t *text, int64_t place, int64_t end, int classes) {
    uint32_t character;
    if (place >= end) return false;
    read_character(text + place, end - place, &character);
    return (class_of(m, character) & classes) != 0;
}

static uint8_t lower(uint8_t byte) { return (uint8_t)(byte - 'A') < 26 ? (uint8_t)(byte + 32) : byte; }

/* Bytes of an English clitic such as 's after an apostrophe; 0 if there is none. */
static int64_t clitic_bytes(const model *m, const uint8_t *text, int64_t place, int64_t end) {
    int64_t size = 0;
    uint8_t one = place + 1 < end ? lower(text[place + 1]) : 0, two = place + 2 < end ? lower(text[place + 2]) : 0;
    if (one == 's' || one == 't' || one == 'd' || one == 'm')
        size = 2;
    else if ((one == 'r' && two == 'e') || (one == 'v' && two == 'e') || (one == 'l' && two == 'l'))
        size = 3;
    return size && !has_class(m, text, place + size, end, LETTER | NUMBER) ? size : 0;
}

static void split_text(const model *m, const uint8_t *text, int64_t end, int32_t max_bytes, batch *b, int32_t *word,
                       int32_t *num_bytes) {
    int64_t place = 0;
    int32_t character = 0, used = 0; /* characters before `place`; bytes of words of this text */
    while (place < end && used < max_bytes) {
        uint32_t first;
        int64_t next = place + read_character(text + place, end - place, &first);
        int class = class_of(m, first), following = 0;
        if (class == SPACE) {
            place = next;
            character++;
            continue;
        }
        if (first == '\'') {
            int64_t size = clitic_bytes(m, text, place, end);
            if (size) next = place + size;
        } else if (class & SINGLE)
            following = MARK;
        else if (class & (LETTER | MARK))
            following = LETTER | MARK;
        else if (class & NUMBER)
            following = NUMBER;
        while (following && has_class(m, text, next, end, following)) {
            uint32_t ignored;
            next += read_character(text + next, end - next, &ignored);
        }
        b->spans[2 * *word] = character;
        b->firsts[*word] = *num_bytes;
        int base = FIRST_START_ID;
        while (place < next && used < max_bytes) {
            uint32_t ignored;
            int64_t size = read_character(text + place, end - place, &ignored);
            for (int64_t i = 0; i < size && used < max_bytes; i++) {
                b->ids[(*num_bytes)++] = (uint16_t)(base + rank_of(lower(text[place + i])));
                base = FIRST_INNER_ID;
                used++;
            }
            place += size;
            character++;
        }
        b->spans[2 * *word + 1] = character;
        (*word)++;
    }
}

/* Find the words of the texts; the arrays of the batch have room for a word and an id for every byte. */
int64_t split_texts(const model *m, const uint8_t *texts, const int64_t *offsets, int32_t max_bytes, batch *b) {
    int32_t word = 0, num_bytes = 0;
    b->longest = 0;
    for (int32_t text = 0; text < b->num_texts; text++) {
        int32_t before = num_bytes;
        b->offsets[text] = word;
        split_text(m, texts + offsets[text], offsets[text + 1] - offsets[text], max_bytes, b, &word, &num_bytes);
        b->counts[text] = word - b->offsets[text];
        b->bytes[text] = num_bytes - before;
        if (b->counts[text] > b->longest) b->longest = b->counts[text];
    }
    b->firsts[word] = num_bytes;
    b->num_words = word;
    /* Shell sort: the longest text first, and texts of the same length in order */
    for (int32_t i = 0; i < b->num_texts; i++) b->order[i] = i;
    int32_t gap = 1;
    while (gap < b->num_texts / 3) gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3)
        for (int32_t i = gap; i < b->num_texts; i++) {
            int32_t text = b->order[i], j = i;
            while (j >= gap) {
                int32_t other = b->order[j - gap];
                if (b->counts[other] > b->counts[text] || (b->counts[other] == b->counts[text] && other < text)) break;
                b->order[j] = other;
                j -= gap;
            }
            b->order[j] = text;
        }
    return word;
}
