"""Words that no corpus has: their vectors follow from the teacher's, and those of known words stay."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from toy_domain import SMALL, toy_domain
from transformers import PreTrainedTokenizerFast

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, NluError, build_tokenizer
from modeling_bilstm_nlu.hashing_bilstm_nlu import look_up
from modeling_bilstm_nlu.tokenization_bilstm_nlu import phrase_word_keys
from modeling_bilstm_nlu.training import build_model
from modeling_bilstm_nlu.training.pretraining import extra_words
from modeling_bilstm_nlu.training.pretraining.extra_words import add_extra_words, common_words, match_words

TOKENIZER = build_tokenizer()
KNOWN = [f"known{chr(97 + i)}" for i in range(26)]
NEW = [f"novel{chr(97 + i)}{chr(97 + j)}" for i in range(10) for j in range(6)]


def rows_of(model: BiLstmNluForIntentAndSlots, words: list[str]) -> torch.Tensor:
    keys = phrase_word_keys(words, TOKENIZER, max_words=1)[:, 0]
    return look_up(model.encoder.embeddings.table, keys)


@pytest.fixture
def truth(monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    """What each word is to the model, as a linear map of what it is to the teacher."""
    torch.manual_seed(0)
    of_teacher = {word: torch.randn(8) for word in (*KNOWN, *NEW, "two words")}
    monkeypatch.setattr(
        extra_words, "vectors_of_words", lambda words, *_: torch.stack([of_teacher[word] for word in words])
    )
    monkeypatch.setattr(extra_words, "_FEWEST_KNOWN", 10)
    monkeypatch.setattr(extra_words, "_STRENGTH", 1e-3)
    mapping = torch.randn(8, SMALL["word_dim"])
    return {word: vector @ mapping + 0.5 for word, vector in of_teacher.items()}


def model_that_knows(truth: dict[str, torch.Tensor], num_rows: int) -> BiLstmNluForIntentAndSlots:
    model = build_model(toy_domain(), **{**SMALL, "vocabulary_size": num_rows})
    model.encoder.add_words(phrase_word_keys(KNOWN, TOKENIZER, max_words=1)[:, 0].tolist())
    with torch.no_grad():
        for word, row in zip(KNOWN, rows_of(model, KNOWN).tolist(), strict=True):
            model.encoder.embeddings.words.weight[row] = truth[word]
    return model


@pytest.mark.parametrize("num_rows, later", [(512, 512), (128, 1024)])
def test_new_words_get_what_the_teacher_foretells(tmp_path, truth, num_rows: int, later: int):
    model = model_that_knows(truth, num_rows)
    unknown = model.encoder.embeddings.words.weight[0].clone()
    song = model.encoder.embeddings.words.weight[rows_of(model, ["jude"])[0]].clone()
    assert add_extra_words(model, ["two words", *KNOWN, *NEW], "teacher", TOKENIZER) == len(NEW)
    assert model.config.vocabulary_size == later == len(model.encoder.embeddings.table)
    weight = model.encoder.embeddings.words.weight
    for words, tolerance in ((KNOWN, 1e-6), (NEW, 1e-2)):
        rows = rows_of(model, words)
        assert (rows > 0).all()
        assert torch.allclose(weight[rows], torch.stack([truth[word] for word in words]), atol=tolerance)
    assert torch.equal(weight[0], unknown) and torch.equal(weight[rows_of(model, ["jude"])[0]], song)
    model.save_pretrained(tmp_path)
    again = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path)
    assert torch.equal(again.encoder.embeddings.words.weight, weight)


def test_too_few_known_words_are_said(truth, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(extra_words, "_FEWEST_KNOWN", 27)
    with pytest.raises(NluError, match="26 of 86.*27"):
        add_extra_words(model_that_knows(truth, 256), [*KNOWN, *NEW], "teacher", TOKENIZER)


def test_a_model_of_character_ngrams_alone_is_refused(truth):
    model = build_model(toy_domain(), **{**SMALL, "word_dim": 0})
    with pytest.raises(NluError, match="0 of 86"):
        match_words(model, [*KNOWN, *NEW], TOKENIZER)


def save_reader(folder: Path, tokenizer: Tokenizer, **special: str) -> str:
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    return str(folder)


def test_common_words_are_the_whole_words_of_a_teacher_of_word_pieces(tmp_path):
    pieces = ["[PAD]", "[UNK]", "[unused1]", "the", "42", "##ing", "tea", "##pot", "!", "roses"]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    teacher = save_reader(tmp_path, tokenizer, unk_token="[UNK]", pad_token="[PAD]")
    assert common_words(50, teacher) == ["the", "tea", "roses"]
    assert common_words(2, teacher) == ["the", "tea"]


def test_common_words_are_the_whole_words_of_a_teacher_that_marks_where_words_start(tmp_path):
    pieces = [("<unk>", 0.0), ("\u2581the", -1.0), ("ing", -2.0), ("\u2581tea", -3.0), ("\u2581", -4.0), ("pot", -5.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    assert common_words(50, save_reader(tmp_path, tokenizer, unk_token="<unk>")) == ["the", "tea"]


def test_a_teacher_without_a_tokenizer_is_named(tmp_path):
    with pytest.raises(NluError, match=str(tmp_path)):
        common_words(5, str(tmp_path))


@pytest.mark.parametrize("rows", [7, 0])
def test_a_table_cannot_shrink_to_nothing(rows: int):
    with pytest.raises(ValueError, match="8 rows"):
        build_model(toy_domain(), **SMALL).encoder.resize_words(rows)


def test_words_that_find_no_row_in_a_smaller_table_are_counted():
    model = build_model(toy_domain(), **SMALL)
    before = int((model.encoder.embeddings.table != 0).sum())
    lost = model.encoder.resize_words(16)
    assert lost == before - int((model.encoder.embeddings.table != 0).sum()) > 0
