"""The numbers of the checkpoint format. If one of them changes, checkpoints give wrong results, without an error.

The weights of a checkpoint were learnt for table rows that are computed with these numbers from the bytes of a text.
So the numbers must not change: a new value needs a new name and a new `FORMAT_VERSION`, and old checkpoints need the
old value. A program that reads checkpoints needs only these numbers and the formulas below to find the embeddings.

All arithmetic is on 64-bit integers: residues are below 2^31, so a product of two is below 2^62.

- **n-gram**: the value of a byte is `id + VOCAB_SIZE * (it is the last of its word)`. Each byte after the first gives
  `value = (value * NGRAM_MULTIPLIER + its value) % PRIME`. The row of an n-gram of `size` bytes is
  `1 + (value + size * NGRAM_SIZE_STEP) % (rows - 1)`.
- **word**: for both pairs (multiplier, shift) of `WORD_MIXERS`, each byte gives
  `mixed = (id * multiplier + place in the word * shift + WORD_OFFSET) % PRIME`, and then
  `mixed * mixed % PRIME * (mixed % WORD_FOLD + 1) % PRIME`. The sums over the word modulo `PRIME`, `high` and `low`,
  make the key `high * PRIME + low + 1`.
- **phrase**: a word's key has the halves `high = key // PRIME` and `low = key % PRIME`. The halves of the next words
  are added with `(so far * multiplier + next) % PRIME`, each half with its multiplier of `PHRASE_MULTIPLIERS`. The key
  of the phrase is again `high * PRIME + low + 1`.

A key is in one of `PROBES` rows of its table, the rows `1 + (key + i * step) % (rows - 1)` for `i < PROBES` with
`step = 1 + key // rows % (rows - 2)`. Row 0 is never the row of a key.
"""

#: The layout of weights and files that this code writes; it is increased when older code could not load them.
FORMAT_VERSION = 4

#: Longer texts are cut before they are tokenized. It is far more than the bytes that are read, so cutting changes
#: nothing unless nearly all of the text is white space.
MAX_CHARACTERS = 32_768

#: Bytes of words that are read of a text; an utterance of a voice assistant has about 50.
MAX_BYTES = 4096

#: A text and its ids: another tokenizer gives other ids, and a model would answer with wrong frames.
PROBE_TEXT = "Go 7\u2019s \u00c9\ud55c"
PROBE_IDS = [72, 336, 24, 8, 340, 129, 360, 427, 501, 508]

PAD_TOKEN_ID = 0
FIRST_START_ID = 2  # ids 2 .. 257: a byte that starts a word
FIRST_INNER_ID = 258  # ids 258 .. 513: a byte inside a word
VOCAB_SIZE = 514

PRIME = 2**31 - 1
PROBES = 4  # rows that a key may be in

NGRAM_MULTIPLIER = 1_000_003
NGRAM_SIZE_STEP = 7_919
WORD_MIXERS = ((1_000_003, 8_191), (69_069, 131_071))  # (multiplier, shift) of the high and of the low half of a key
WORD_OFFSET = 12_345
WORD_FOLD = 65_521
PHRASE_MULTIPLIERS = (1_000_003, 69_069)  # of the high and of the low half
