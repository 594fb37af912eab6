"""The network: heads that really change, rows that do not see each other, losses and decoding against brute force."""

import copy
import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, build_tokenizer, decoding_bilstm_nlu
from modeling_bilstm_nlu.configuration_bilstm_nlu import INTENT_POOLINGS
from modeling_bilstm_nlu.crf_bilstm_nlu import CrfLayer, bio_constraints, log_partition, viterbi
from modeling_bilstm_nlu.hashing_bilstm_nlu import lay_out_words, word_keys
from modeling_bilstm_nlu.labels_bilstm_nlu import IGNORED, tags_for
from modeling_bilstm_nlu.layers_bilstm_nlu import BiLstmLayer, SequenceDropout
from modeling_bilstm_nlu.modeling_bilstm_nlu import RESET_POLICIES
from modeling_bilstm_nlu.tokenization_bilstm_nlu import count_word_keys, phrase_word_keys

TOKENIZER = build_tokenizer()
SIZES = dict.fromkeys(("vocabulary_size", "ngram_buckets"), 64) | dict.fromkeys(("word_dim", "ngram_dim"), 6)
SIZES |= dict.fromkeys(("shared_hidden", "slot_hidden", "intent_hidden"), 5)
INTENTS, SLOT_TYPES = ["ask", "play", "stop"], ["genre", "room"]
TEXTS = ["play some jazz in the living room", "stop", "what's on ?", "", "ab " * 30]
#: Weights that `reset_heads` draws anew, by the start of their names.
HEADS = ("intent_head.", "slot_head.", "crf.")
STACKS = ("any_catalog.", "intent_stack.", "slot_stack.", "intent_pooling.")


def make_model(seed: int = 0, **config: object) -> BiLstmNluForIntentAndSlots:
    torch.manual_seed(seed)
    return BiLstmNluForIntentAndSlots(BiLstmNluConfig(INTENTS, SLOT_TYPES, **SIZES | config))


def make_odd(model: BiLstmNluForIntentAndSlots, seed: int = 1) -> BiLstmNluForIntentAndSlots:
    """Every weight from uniform(-1, 1): fresh biases and transitions are zero and hide faults."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.uniform_(-1, 1)
    return model


def batch_of(texts: list[str]) -> Tensor:
    return TOKENIZER(texts, padding=True, return_tensors="pt")["input_ids"]


def copy_of(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def changed(before: dict[str, Tensor], model: nn.Module) -> set[str]:
    after = model.state_dict()
    return {name for name in before if name not in after or not torch.equal(before[name], after[name])}


class TestResetHeads:
    @pytest.mark.parametrize("policy", RESET_POLICIES)
    @pytest.mark.parametrize("use_crf", [True, False])
    def test_equal_sizes_are_drawn_anew_and_the_rest_is_left_alone(self, policy: str, use_crf: bool):
        model = make_odd(make_model(use_crf=use_crf))
        before = copy_of(model)
        model.reset_heads(["one", "two", "three"], ["four", "five"], policy)
        drawn = HEADS + {"stacks": STACKS, "encoder": (*STACKS, "encoder.shared.")}.get(policy, ())
        assert changed(before, model) == {name for name in before if name.startswith(drawn)}
        assert before.keys() == model.state_dict().keys()
        assert model.config.intents == ["one", "two", "three"] and model.config.slot_types == ["four", "five"]
        assert all(weight.isfinite().all() and weight.abs().max() < 10 for weight in model.parameters())
        assert use_crf == (model.crf is not None)
        if model.crf is not None:
            assert not model.crf.transitions.any()

    @pytest.mark.parametrize("policy", ["heads", "stacks"])
    def test_even_the_same_labels_are_drawn_anew(self, policy: str):
        model = make_odd(make_model())
        before = copy_of(model)
        model.reset_heads(INTENTS, SLOT_TYPES, policy)
        assert {"intent_head.weight", "slot_head.weight", "crf.transitions"} <= changed(before, model)

    def test_two_resets_differ_and_a_seed_repeats_them(self):
        model = make_model()
        heads = []
        for seed in (3, 4, 3):
            torch.manual_seed(seed)
            model.reset_heads(INTENTS, SLOT_TYPES, "stacks")
            heads.append(copy_of(model))
        different = {name for name in heads[0] if not torch.equal(heads[0][name], heads[1][name])}
        assert {"intent_head.weight", "slot_head.weight", "slot_stack.layers.0.forward_lstm.weight_hh_l0"} <= different
        assert all(torch.equal(heads[0][name], heads[2][name]) for name in heads[0])

    @pytest.mark.parametrize("policy", RESET_POLICIES)
    def test_other_sizes_fit_their_labels(self, policy: str):
        model = make_model(wide_intent=True, skip_connections=True)
        model.reset_heads([f"intent {i}" for i in range(7)], [], policy)
        output = model(batch_of(TEXTS), torch.ones_like(batch_of(TEXTS)))
        assert output.intent_logits.shape == (5, 7) and output.slot_logits.shape == (5, 30, 1)
        assert model.config.num_intents == 7 and model.config.slot_tags == ["O"]

    @pytest.mark.parametrize(
        "arguments, message",
        [
            ((["a"], ["b"], "everything"), "policy"),
            ((["a", "a"], ["b"]), "intents"),
            ((["a"], ["b", "b"]), "slot_types"),
            (([], ["b"]), "intent"),
            (([""], ["b"]), "empty"),
            ((["a"], [None]), "empty"),
        ],
    )
    def test_bad_arguments_change_nothing(self, arguments: tuple, message: str):
        model = make_odd(with_gazetteers(make_model()))
        before, config = copy_of(model), copy.deepcopy(model.config.to_dict())
        with pytest.raises(ValueError, match=message):
            model.reset_heads(*arguments)
        assert changed(before, model) == set() and model.config.to_dict() == config
        assert model.gazetteer is not None

    def test_gazetteers_of_the_old_domain_go(self):
        model = with_gazetteers(make_model())
        model.reset_heads(INTENTS, SLOT_TYPES)
        assert model.gazetteer is None
        assert (model.config.gazetteers, model.config.gazetteer_rows) == ([], 0)
        assert not any("gazetteer" in name for name in model.state_dict())
        assert model(batch_of(TEXTS)).intent_logits.isfinite().all()

    @pytest.mark.parametrize("training", [True, False])
    def test_new_layers_share_mode_and_kind_of_number(self, training: bool):
        model = make_model().to(torch.bfloat16).train(training)
        model.reset_heads(["a"], ["b"], "stacks")
        assert {module.training for module in model.modules()} == {training}
        assert {weight.dtype for weight in model.parameters()} == {torch.bfloat16}


class TestIndependence:
    @pytest.mark.parametrize("pooling", INTENT_POOLINGS)
    @pytest.mark.parametrize("more", [{}, {"wide_intent": True, "skip_connections": True, "shared_layers": 2}])
    def test_a_row_does_not_see_its_neighbours(self, pooling: str, more: dict):
        model = make_odd(with_gazetteers(make_model(intent_pooling=pooling, **more))).eval()
        with torch.no_grad():
            together = model(batch_of(TEXTS))
            for row, text in enumerate(TEXTS):
                alone = model(torch.tensor([TOKENIZER(text)["input_ids"] or [0]]))
                words = len(text.split()) if text != "what's on ?" else 4
                torch.testing.assert_close(together.intent_logits[row], alone.intent_logits[0], atol=1e-6, rtol=1e-6)
                torch.testing.assert_close(
                    together.slot_logits[row, :words], alone.slot_logits[0, :words], atol=1e-6, rtol=1e-6
                )

    @pytest.mark.parametrize("mask", [True, False])
    def test_more_padding_changes_nothing(self, mask: bool):
        model = make_odd(make_model()).eval()
        ids = batch_of(TEXTS[:2])
        padded = nn.functional.pad(ids, (0, 7))
        wide = model(padded, (padded != 0).long() if mask else None)
        torch.testing.assert_close(wide.intent_logits, model(ids).intent_logits, atol=1e-6, rtol=1e-6)

    def test_the_layer_equals_a_packed_bidirectional_lstm(self):
        torch.manual_seed(0)
        layer, lengths = BiLstmLayer(4, 3), torch.tensor([5, 2, 1])
        reference = nn.LSTM(4, 3, batch_first=True, bidirectional=True)
        for name, weight in layer.forward_lstm.named_parameters():
            getattr(reference, name).data.copy_(weight)
        for name, weight in layer.backward_lstm.named_parameters():
            getattr(reference, f"{name}_reverse").data.copy_(weight)
        states = torch.randn(3, 5, 4)
        packed = nn.utils.rnn.pack_padded_sequence(states, lengths, batch_first=True)
        expected = nn.utils.rnn.pad_packed_sequence(reference(packed)[0], batch_first=True)[0]
        mask = torch.arange(5)[None, :, None] < lengths[:, None, None]
        torch.testing.assert_close(layer(states, lengths) * mask, expected, atol=1e-6, rtol=1e-6)


class TestTraining:
    def labels(self) -> dict[str, Tensor]:
        ids = batch_of(TEXTS[:3])
        slots = torch.full((3, 7), IGNORED)
        slots[0], slots[1, :1], slots[2, :4] = torch.tensor([0, 0, 1, 0, 0, 3, 4]), 0, 0
        return {"input_ids": ids, "intent_labels": torch.tensor([1, 2, 0]), "slot_labels": slots}

    @pytest.mark.parametrize("use_crf", [True, False])
    @pytest.mark.parametrize(
        "more",
        [
            {},
            {"variational_dropout": False, "dropout": 0.3},
            {"recurrent_dropout": 0.3, "word_dropout": 0.3},
            {"shared_layers": 2, "slot_layers": 2, "intent_layers": 3},
            {"skip_connections": True, "wide_intent": True, "label_smoothing": 0.1},
        ],
    )
    def test_steps_lower_the_loss(self, use_crf: bool, more: dict):
        model, batch = make_model(use_crf=use_crf, **{"dropout": 0.1} | more), self.labels()
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
        first = model.eval()(**batch).loss.item()
        model.train()
        for _ in range(8):
            loss = model(**batch).loss
            optimizer.zero_grad()
            loss.backward()
            assert all(weight.grad is None or weight.grad.isfinite().all() for weight in model.parameters())
            optimizer.step()
        assert model.eval()(**batch).loss.item() < 0.8 * first

    def test_every_weight_has_a_gradient(self):
        model = make_model(wide_intent=True)
        model.set_gazetteers({"genre": phrase_word_keys(["jazz", "living room"], TOKENIZER)})
        make_odd(model)(**self.labels()).loss.backward()
        silent = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
        assert silent == []

    def test_the_same_seed_gives_the_same_weights(self):
        one, two, other = make_model(seed=5), make_model(seed=5), make_model(seed=6)
        assert changed(copy_of(one), two) == set()
        assert "encoder.embeddings.words.weight" in changed(copy_of(one), other)

    def test_fresh_weights_are_what_the_docs_say(self):
        model = make_model(vocabulary_size=512, ngram_buckets=512, embedding_std=0.25)
        embeddings = model.encoder.embeddings
        assert embeddings.words.weight.std().item() == pytest.approx(0.25, rel=0.1)
        assert embeddings.ngrams.weight[1:].std().item() == pytest.approx(0.25, rel=0.1)
        assert not model.crf.transitions.any() and not embeddings.table.any()
        hidden = model.encoder.shared.layers[0].forward_lstm.weight_hh_l0
        torch.testing.assert_close(hidden.T @ hidden, torch.eye(5), atol=1e-5, rtol=0)

    @pytest.mark.parametrize("use_crf", [True, False])
    def test_half_labelled_rows_give_what_they_have(self, use_crf: bool):
        model, batch = make_odd(make_model(use_crf=use_crf, slot_loss_weight=0.5)).eval(), self.labels()
        ids, intents, slots = batch.values()
        both = model(**batch).loss
        only_intents = model(ids, intent_labels=intents).loss
        only_slots = model(ids, slot_labels=slots).loss
        torch.testing.assert_close(both, only_intents + only_slots)
        mixed = model(ids, None, torch.tensor([1, IGNORED, IGNORED]), slots.index_fill(0, torch.tensor([0]), IGNORED))
        expected = model(ids, intent_labels=torch.tensor([1, IGNORED, IGNORED])).loss
        expected = expected + model(ids[1:], slot_labels=slots[1:, :4]).loss
        torch.testing.assert_close(mixed.loss, expected)

    @pytest.mark.parametrize("use_crf", [True, False])
    def test_a_batch_without_a_label_has_a_zero_loss_with_a_gradient(self, use_crf: bool):
        model = make_odd(make_model(use_crf=use_crf))
        nothing = {"intent_labels": torch.full((3,), IGNORED), "slot_labels": torch.full((3, 7), IGNORED)}
        loss = model(batch_of(TEXTS[:3]), **nothing).loss
        loss.backward()
        assert loss.item() == 0
        assert all(w.grad is None or (w.grad.isfinite().all() and not w.grad.any()) for w in model.parameters())
        assert any(weight.grad is not None for weight in model.parameters())

    def test_no_labels_no_loss(self):
        assert make_model()(batch_of(TEXTS)).loss is None

    def test_dropout_is_variational_or_not(self):
        states = torch.ones(4, 6, 50)
        same = SequenceDropout(0.5, variational=True).train()(states)
        assert (same == same[:, :1]).all() and set(same.unique().tolist()) == {0.0, 2.0}
        free = SequenceDropout(0.5, variational=False).train()(states)
        assert not (free == free[:, :1]).all()
        assert torch.equal(SequenceDropout(0.5, variational=True).eval()(states), states)

    @pytest.mark.parametrize("option", ["dropout", "recurrent_dropout", "word_dropout"])
    def test_each_dropout_acts_in_training_only(self, option: str):
        off = {"dropout": 0.0, "recurrent_dropout": 0.0, "word_dropout": 0.0}
        model, ids = make_odd(make_model(**off | {option: 0.5})), batch_of(TEXTS[:1])
        model.encoder.add_words(count_word_keys(TEXTS, TOKENIZER))
        draws = [model.train()(ids).slot_logits for _ in range(3)]
        assert not all(torch.equal(draws[0], draw) for draw in draws)
        assert torch.equal(model.eval()(ids).slot_logits, model(ids).slot_logits)


def sequences(num_tags: int, length: int) -> list[tuple[int, ...]]:
    """All valid BIO sequences, by the definition and not by the code under test."""
    tags = tags_for([str(i) for i in range((num_tags - 1) // 2)])

    def is_valid(sequence: tuple[int, ...]) -> bool:
        before = ["O", *(tags[i] for i in sequence)]
        return all(
            not tags[i].startswith("I-") or last[2:] == tags[i][2:] and last != "O"
            for last, i in zip(before, sequence, strict=False)
        )

    return [sequence for sequence in itertools.product(range(num_tags), repeat=length) if is_valid(sequence)]


def score(crf: CrfLayer, emissions: Tensor, sequence: tuple[int, ...]) -> float:
    total = crf.start[sequence[0]] + crf.end[sequence[-1]]
    total += sum(crf.transitions[i, j] for i, j in itertools.pairwise(sequence))
    return (total + sum(emissions[place, tag] for place, tag in enumerate(sequence))).item()


def tag_chances(model: BiLstmNluForIntentAndSlots, emissions: Tensor) -> dict[tuple[int, ...], float]:
    """How likely the tagger finds each valid sequence in one row of words."""
    crf = model.crf or CrfLayer(emissions.shape[-1])
    valid = sequences(emissions.shape[-1], len(emissions))
    chances = torch.tensor([score(crf, emissions, sequence) for sequence in valid]).softmax(0)
    return dict(zip(valid, chances.tolist(), strict=True))


def odd_crf(num_tags: int, seed: int, scale: float = 2.0) -> CrfLayer:
    torch.manual_seed(seed)
    crf = CrfLayer(num_tags)
    with torch.no_grad():
        for weight in crf.parameters():
            weight.uniform_(-scale, scale)
    return crf


@pytest.mark.parametrize("num_tags, length, seed", [(1, 3, 0), (3, 1, 1), (3, 4, 2), (5, 3, 3), (5, 4, 4), (7, 3, 5)])
class TestBruteForce:
    def test_the_loss_is_the_negative_log_likelihood(self, num_tags: int, length: int, seed: int):
        crf = odd_crf(num_tags, seed)
        emissions = torch.empty(2, length + 2, num_tags).uniform_(-3, 3)
        mask = torch.arange(length + 2)[None, :] < torch.tensor([[length], [1]])
        scores = {sequence: score(crf, emissions[0], sequence) for sequence in sequences(num_tags, length)}
        partition = math.log(sum(math.exp(value) for value in scores.values()))
        total = 0.0
        for sequence, value in scores.items():
            tags = torch.zeros(2, length + 2, dtype=torch.long)
            tags[0, :length] = torch.tensor(sequence)
            loss = crf.negative_log_likelihood(emissions, mask, tags)[0].item()
            assert loss == pytest.approx(partition - value, abs=1e-4)
            total += math.exp(-loss)
        assert total == pytest.approx(1, abs=1e-4), "probabilities of all valid sequences"

    def test_viterbi_finds_the_best_sequence(self, num_tags: int, length: int, seed: int):
        crf = odd_crf(num_tags, seed)
        emissions = torch.empty(3, length + 1, num_tags).uniform_(-3, 3)
        lengths = [length, max(length - 1, 1), length + 1]
        mask = torch.arange(length + 1)[None, :] < torch.tensor(lengths)[:, None]
        found = viterbi(emissions, mask, crf.transitions, crf.start, crf.end)
        for row, size in enumerate(lengths):
            best = max(sequences(num_tags, size), key=lambda sequence: score(crf, emissions[row], sequence))
            assert tuple(found[row, :size].tolist()) == best
            assert not found[row, size:].any()
            alone = slice(row, row + 1)  # a row by itself may be padded, too
            scores = emissions[alone], mask[alone], crf.transitions, crf.start, crf.end
            assert torch.equal(viterbi(*scores), found[alone])
            cut = emissions[alone, :size], mask[alone, :size], crf.transitions, crf.start, crf.end
            torch.testing.assert_close(log_partition(*scores), log_partition(*cut))

    def test_the_gradient_is_that_of_the_brute_force_loss(self, num_tags: int, length: int, seed: int):
        crf = odd_crf(num_tags, seed)
        emissions = torch.empty(1, length, num_tags).uniform_(-3, 3).requires_grad_()
        gold = torch.tensor([sequences(num_tags, length)[-1]])
        crf.negative_log_likelihood(emissions, torch.ones(1, length, dtype=torch.bool), gold).sum().backward()
        scores = torch.tensor([score(crf, emissions[0], sequence) for sequence in sequences(num_tags, length)])
        marginal = -nn.functional.one_hot(gold[0], num_tags).float()
        for weight, sequence in zip(scores.softmax(0), sequences(num_tags, length), strict=True):
            marginal += weight * nn.functional.one_hot(torch.tensor(sequence), num_tags)
        torch.testing.assert_close(emissions.grad[0], marginal, atol=1e-4, rtol=1e-4)


class TestDecoding:
    def test_constraints_are_those_of_the_scheme(self):
        may_start, may_follow = bio_constraints(5, torch.device("cpu"))
        tags = tags_for(["a", "b"])
        assert [tag for tag, allowed in zip(tags, may_start.tolist(), strict=True) if allowed] == ["O", "B-a", "B-b"]
        allowed = {(tags[i], tags[j]) for i in range(5) for j in range(5) if may_follow[i, j]}
        assert {pair for pair in allowed if pair[1].startswith("I-")} == {
            ("B-a", "I-a"),
            ("I-a", "I-a"),
            ("B-b", "I-b"),
            ("I-b", "I-b"),
        }
        assert len(allowed) == 5 * 3 + 4

    @settings(deadline=None, max_examples=60)
    @given(st.integers(0, 3), st.integers(1, 9), st.integers(0, 2**31), st.sampled_from([1.0, 1e3, 1e30, 3e38]))
    def test_decoding_never_breaks_the_scheme(self, num_types: int, words: int, seed: int, scale: float):
        num_tags = 1 + 2 * num_types
        crf = odd_crf(num_tags, seed)
        emissions = torch.empty(2, words, num_tags).uniform_(-1, 1) * scale
        mask = torch.arange(words)[None, :] < torch.tensor([[words], [max(words // 2, 0)]])
        found = viterbi(emissions, mask, crf.transitions, crf.start, crf.end)
        may_start, may_follow = bio_constraints(num_tags, torch.device("cpu"))
        for row in found.tolist():
            assert may_start[row[0]] and all(may_follow[i, j] for i, j in itertools.pairwise(row))
        assert not found[1, words // 2 :].any()

    @pytest.mark.parametrize("use_crf", [True, False])
    def test_the_model_decodes_with_or_without_transitions(self, use_crf: bool):
        model = make_odd(make_model(use_crf=use_crf)).eval()
        ids = batch_of(TEXTS)
        mask = lay_out_words(ids).mask
        found = model.decode_slots(model(ids).slot_logits, mask)
        assert found.shape == mask.shape and not found[~mask].any()
        may_start, may_follow = bio_constraints(5, torch.device("cpu"))
        assert all(may_start[row[0]] and all(may_follow[i, j] for i, j in itertools.pairwise(row)) for row in found)

    def test_slots_keep_to_what_the_intent_allows(self, tmp_path):
        model = make_odd(make_model(intent_slots={"play": ["genre"], "stop": []}))
        model.save_pretrained(tmp_path)
        model = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path)
        logits = torch.full((3, 2, 5), -5.0)  # O, genre, genre, room, room
        logits[..., 3] = 50.0
        logits[:, 0, 1] = 40.0
        intents = torch.tensor([INTENTS.index(intent) for intent in ("play", "stop", "ask")])
        mask = torch.ones(3, 2, dtype=torch.bool)
        play, stop, ask = model.decode_slots(logits, mask, intents).tolist()
        assert set(play) <= {0, 1, 2} and play[0] == 1
        assert stop == [0, 0]
        assert ask == [3, 3] == model.decode_slots(logits, mask).tolist()[0], (
            "an intent that is not listed may have any"
        )
        model.reset_heads(INTENTS, SLOT_TYPES, intent_slots={"ask": ("room",)})
        assert model.config.intent_slots == {"ask": ["room"]}
        model.reset_heads(INTENTS, SLOT_TYPES)
        assert model.config.intent_slots == {}

    @pytest.mark.parametrize("use_crf", [True, False])
    def test_an_intent_counts_as_far_as_the_tagger_finds_its_slots(self, use_crf: bool):
        model = make_odd(make_model(use_crf=use_crf, intent_slots={"play": ["genre"], "stop": []})).eval()
        ids = batch_of(["play jazz", "now", "stop that song"])
        mask = lay_out_words(ids).mask
        with torch.no_grad():
            output = model(ids)
            found = model.score_intents(output.intent_logits, output.slot_logits, mask)
            wanted = output.intent_logits.log_softmax(-1)
            for row, length in enumerate(mask.sum(1).tolist()):
                chances = tag_chances(model, output.slot_logits[row, :length])
                for intent, tags in (("play", {0, 1, 2}), ("stop", {0})):
                    share = sum(chance for sequence, chance in chances.items() if tags >= set(sequence))
                    wanted[row, INTENTS.index(intent)] += math.log(share)
        assert torch.allclose(found, wanted.log_softmax(-1), atol=1e-4)
        alone = model.score_intents(output.intent_logits, output.slot_logits, torch.zeros_like(mask))
        assert torch.allclose(alone, output.intent_logits.log_softmax(-1)), (
            "a row without annotated words says nothing of slots"
        )
        model.config.intent_slots = {}
        assert torch.equal(
            model.score_intents(output.intent_logits, output.slot_logits, mask), output.intent_logits.log_softmax(-1)
        )

    @pytest.mark.parametrize("use_crf", [True, False])
    def test_slots_that_an_intent_is_not_known_to_have_keep_their_chance(self, use_crf: bool, tmp_path):
        known, others = {"play": ["genre"], "stop": []}, {"play": 0.2, "stop": 0.4}
        model = make_odd(make_model(use_crf=use_crf, intent_slots=known, undeclared_slot_probabilities=others))
        model.save_pretrained(tmp_path)
        model = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path)
        ids = batch_of(["play jazz", "now", "stop that song"])
        mask = lay_out_words(ids).mask
        with torch.no_grad():
            output = model(ids)
            scores, tags = model.decode(output.intent_logits, output.slot_logits, mask)
        wanted = output.intent_logits.log_softmax(-1)
        for row, length in enumerate(mask.sum(1).tolist()):
            chances = tag_chances(model, output.slot_logits[row, :length])
            weights = {}  # of each sequence of tags, by intent
            for intent, own in (("ask", {0, 1, 2, 3, 4}), ("play", {0, 1, 2}), ("stop", {0})):
                rest = others.get(intent, 0.0)
                weights[intent] = {
                    path: chance * (1.0 if own >= set(path) else rest) for path, chance in chances.items()
                }
                wanted[row, INTENTS.index(intent)] += math.log(sum(weights[intent].values()))
            likeliest = INTENTS[int(wanted[row].argmax())]
            assert tuple(tags[row, :length].tolist()) == max(weights[likeliest], key=weights[likeliest].__getitem__)
        assert torch.allclose(scores, wanted.log_softmax(-1), atol=1e-4)

    def test_slots_do_not_weigh_intents_where_their_tags_were_never_compared(self, tmp_path):
        make_odd(make_model(intent_slots={"play": []}, intents_by_slots=False)).save_pretrained(tmp_path)
        model = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path).eval()
        intent_logits, slot_logits = torch.tensor([[0.9, 1.0, 0.0]]), torch.full((1, 2, 5), -5.0)
        slot_logits[..., 3] = 50.0  # a room, which "play" has no slot for
        scores, tags = model.decode(intent_logits, slot_logits, torch.ones(1, 2, dtype=torch.bool))
        assert torch.allclose(scores, intent_logits.log_softmax(-1)) and tags.tolist() == [[0, 0]]
        model.reset_heads(INTENTS, SLOT_TYPES, intent_slots={"play": []})
        assert model.config.intents_by_slots

    @pytest.mark.parametrize("chances", [{"play": 1.5}, {"play": -0.1}, {"ask": 0.5}])
    def test_chances_of_other_slots_are_chances_of_listed_intents(self, chances: dict):
        with pytest.raises(ValueError, match="undeclared_slot_probabilities"):
            make_model(intent_slots={"play": ["genre"]}, undeclared_slot_probabilities=chances)

    def test_many_sets_of_slots_are_weighed_part_by_part(self, monkeypatch: pytest.MonkeyPatch):
        model = make_odd(make_model(intent_slots={"play": ["genre"], "stop": []})).eval()
        ids = batch_of(TEXTS)
        output, mask = model(ids), lay_out_words(ids).mask
        at_once = model.score_intents(output.intent_logits, output.slot_logits, mask)
        monkeypatch.setattr(decoding_bilstm_nlu, "_MOST_SCORES", 1)
        assert torch.allclose(model.score_intents(output.intent_logits, output.slot_logits, mask), at_once, atol=1e-6)

    @pytest.mark.parametrize("intent_slots", [{"dance": []}, {"play": ["city"]}])
    def test_intent_slots_name_labels_of_the_model(self, intent_slots: dict):
        with pytest.raises(ValueError, match="intent_slots"):
            make_model(intent_slots=intent_slots)
        model = make_model(intent_slots={"play": ["genre"]})
        with pytest.raises(ValueError, match="intent_slots"):
            model.reset_heads(["a"], ["b"], intent_slots=intent_slots)
        assert model.config.intent_slots == {"play": ["genre"]}

    def test_even_emissions_that_are_no_numbers_decode(self):
        emissions = torch.tensor([[[0.0, -math.inf, math.inf], [math.inf, 0.0, -math.inf]]])
        silent = torch.zeros(3)
        found = viterbi(emissions, torch.ones(1, 2, dtype=torch.bool), torch.zeros(3, 3), silent, silent)
        assert found.shape == (1, 2) and found.min() >= 0 and found.max() < 3


CATALOGS = {
    "city": ["new york", "york", "los angeles", "Zürich"],
    "team": ["new york giants", "giants", "the only team with a name of so many words"],
}


def with_gazetteers(model: BiLstmNluForIntentAndSlots) -> BiLstmNluForIntentAndSlots:
    model.set_gazetteers({name: phrase_word_keys(values, TOKENIZER) for name, values in CATALOGS.items()})
    return model


def matches(model: BiLstmNluForIntentAndSlots, text: str) -> dict[str, list[str]]:
    """Feature -> the words that it marks."""
    ids = batch_of([text])
    features = model.gazetteer.phrases.match(word_keys(ids, lay_out_words(ids)))[0]  # (words, features)
    words = text.split()
    names = [f"{place} {catalog}" for place in ("start", "inside") for catalog in CATALOGS]
    return {
        name: [word for word, hit in zip(words, features[:, column].tolist(), strict=True) if hit]
        for column, name in enumerate(names)
    }


class TestMaskedWords:
    def test_what_a_masked_word_says_does_not_count(self):
        model = make_odd(make_model()).eval()
        batches = batch_of(["play some jazz"]), batch_of(["stop some jazz"])
        one, other = (model(ids).slot_logits for ids in batches)
        assert not torch.allclose(one, other)
        masked = torch.tensor([[True, False, False, False]])  # as wide as the labels of a larger batch
        one, other = (model(ids, masked_words=masked).slot_logits for ids in batches)
        assert torch.allclose(one, other)


class TestGazetteers:
    def test_the_right_words_are_marked(self):
        found = matches(with_gazetteers(make_model()), "did the new york giants beat los angeles in york")
        assert found == {
            "start city": ["new", "los", "york"],
            "inside city": ["york", "angeles"],
            "start team": ["new"],
            "inside team": ["york", "giants"],
        }, "a value within a longer one of the same catalog does not count"

    @pytest.mark.parametrize("text", ["yorkshire", "new", "angeles los", "newyork", "giant s", "x"])
    def test_what_only_looks_like_a_value_is_not_marked(self, text: str):
        assert not any(matches(with_gazetteers(make_model()), text).values())

    def test_case_does_not_count(self):
        assert matches(with_gazetteers(make_model()), "NEW York ZÜRICH")["start city"] == ["NEW", "ZÜRICH"]

    def test_a_value_cut_off_by_the_end_is_not_marked(self):
        assert matches(with_gazetteers(make_model()), "in new")["start city"] == []

    def test_longer_values_are_passed_over_and_counted(self, caplog: pytest.LogCaptureFixture):
        text = "the only team with a name of so many words"
        caplog.set_level("INFO")
        with_gazetteers(make_model())
        assert "1 of 7 catalog values" in caplog.text and "6 words" in caplog.text
        assert not any(matches(with_gazetteers(make_model()), text).values())
        assert matches(with_gazetteers(make_model(gazetteer_max_words=10)), text)["start team"] == ["the"]

    def test_new_gazetteers_are_silent_until_trained(self):
        model = make_odd(make_model()).eval()
        for weight in model.any_catalog.parameters():
            nn.init.zeros_(weight)
        before = model(batch_of(["new york"]))
        with_gazetteers(model).eval()
        after = model(batch_of(["new york"]))
        assert torch.equal(before.intent_logits, after.intent_logits)
        assert torch.equal(before.slot_logits, after.slot_logits)
        make_odd(model)
        seen = model(batch_of(["york"])).slot_logits
        model.gazetteer.phrases.catalogs.zero_()
        assert not torch.equal(model(batch_of(["york"])).slot_logits, seen)

    def test_what_a_match_in_any_catalog_says_is_kept_for_new_gazetteers(self):
        model = make_odd(make_model()).eval()
        batch = batch_of(["to new york"])
        marks = torch.tensor([[[False, False], [True, False], [False, True]]])
        told, before = model(batch, catalog_matches=marks), model(batch)
        assert not torch.equal(told.slot_logits, before.slot_logits)
        model.reset_heads(INTENTS, SLOT_TYPES, "matching")
        matched = with_gazetteers(model)(batch)
        assert torch.allclose(matched.intent_logits, model(batch, catalog_matches=marks).intent_logits)

    def test_in_training_the_matches_of_some_utterances_are_dropped(self):
        model = make_odd(with_gazetteers(make_model(dropout=0.0, word_dropout=0.0, gazetteer_dropout=0.5))).train()
        outputs = [model(batch_of(["new york"])).intent_logits for _ in range(20)]
        assert len({tuple(logits[0].tolist()) for logits in outputs}) == 2

    def test_an_empty_mapping_detaches_all(self):
        model = with_gazetteers(make_model())
        model.set_gazetteers({})
        assert model.gazetteer is None and model.config.gazetteers == []
        model.set_gazetteers({"empty": phrase_word_keys([], TOKENIZER)})
        assert model(batch_of(TEXTS)).intent_logits.isfinite().all()

    def test_of_many_values_hardly_any_is_lost_and_those_are_counted(self, caplog: pytest.LogCaptureFixture):
        caplog.set_level("INFO")
        values = [f"value {i}" for i in range(2_000)]
        model = make_model()
        model.set_gazetteers({"many": phrase_word_keys(values, TOKENIZER)})
        ids = batch_of(values)
        starts = model.gazetteer.phrases.match(word_keys(ids, lay_out_words(ids)))[:, 0, 0]
        lost = int((~starts).sum())
        assert lost <= 4
        assert not lost or f"{lost} of 2000 catalog values" in caplog.text


class TestWords:
    def test_adding_words_twice_changes_nothing(self):
        model = make_model()
        keys = count_word_keys(["play some jazz", "play it"], TOKENIZER)
        assert model.encoder.add_words(keys) == 4
        before = copy_of(model)
        assert model.encoder.add_words(keys) == 0 and changed(before, model) == set()
        assert model.encoder.add_words(count_word_keys(["jazz rock"], TOKENIZER)) == 1
        held = before["encoder.embeddings.table"]
        assert torch.equal(model.encoder.embeddings.table[held != 0], held[held != 0]), "known words never move"

    def test_a_new_word_gets_a_vector_of_the_seed_and_no_other_row_changes(self, tmp_path):
        model = make_model()
        model.encoder.add_words(count_word_keys(["play some jazz"], TOKENIZER))
        model.save_pretrained(tmp_path, packed=True)
        keys, drawn = count_word_keys(["jazz rock and hip hop"], TOKENIZER), []
        for seed in (1, 1, 2):
            model = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path)
            before = copy_of(model)
            weight, old = model.encoder.embeddings.words.weight, before["encoder.embeddings.words.weight"]
            torch.manual_seed(seed)
            assert model.encoder.add_words(keys) == 4
            new = (model.encoder.embeddings.table != before["encoder.embeddings.table"]).nonzero()[:, 0]
            assert changed(before, model) == {"encoder.embeddings.table", "encoder.embeddings.words.weight"}
            assert not old[new].any() and weight[new].all() and (weight != old).any(1).sum() == 4
            drawn.append(weight[new].detach())
        assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
        assert drawn[0].std().item() == pytest.approx(model.config.embedding_std, rel=0.5)

    def test_a_full_table_says_how_many_found_a_place(self):
        model = make_model(vocabulary_size=8)
        added = model.encoder.add_words(count_word_keys([f"word{i}" for i in range(50)], TOKENIZER))
        assert added == model.encoder.embeddings.table.count_nonzero().item() <= 7

    def test_unseen_words_have_vectors_of_their_own(self):
        model = make_model(ngram_buckets=4096).eval()
        model.encoder.add_words(count_word_keys(["play music"], TOKENIZER))
        ids = batch_of(["bitcoin pikachu bitcoins play"])
        layout = lay_out_words(ids)
        vectors = model.encoder.embeddings(ids, layout, word_keys(ids, layout))[0]  # (words, size)
        own, composed = vectors[:, :6], vectors[:, 6:]
        assert torch.equal(own[0], own[1]) and not torch.equal(own[0], own[3]), "row 0 is shared by unseen words"
        assert not torch.allclose(composed[0], composed[1], atol=0.1)
        like = nn.functional.cosine_similarity(composed[:1], composed[1:3])
        assert like[1] > 0.5 > like[0], "bitcoins is like bitcoin, pikachu is not"
        assert vectors.isfinite().all()

    def test_a_known_word_differs_from_its_ngrams(self):
        model, ids = make_odd(make_model()).eval(), batch_of(["jazz"])
        before = model(ids).intent_logits
        model.encoder.add_words(count_word_keys(["jazz"], TOKENIZER))
        assert not torch.equal(model(ids).intent_logits, before)


class TestNumbers:
    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_half_precision_loads_and_answers(self, dtype: torch.dtype, tmp_path):
        model = with_gazetteers(make_model())
        model.encoder.add_words(count_word_keys(TEXTS, TOKENIZER))
        model.save_pretrained(tmp_path)
        loaded = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path, dtype=dtype)
        assert {weight.dtype for weight in loaded.parameters()} == {dtype}
        assert torch.equal(loaded.encoder.embeddings.table, model.encoder.embeddings.table), "keys are whole numbers"
        ids = batch_of([*TEXTS, "new york giants"])
        half, full = loaded(ids), model.eval()(ids)
        assert half.intent_logits.dtype == dtype and half.slot_logits.isfinite().all()
        torch.testing.assert_close(half.intent_logits.float(), full.intent_logits, atol=0.05, rtol=0.05)
        labels = {
            "intent_labels": torch.zeros(6, dtype=torch.long),
            "slot_labels": torch.zeros(6, 30, dtype=torch.long),
        }
        assert loaded(ids, **labels).loss.isfinite()
        assert loaded.decode_slots(half.slot_logits, lay_out_words(ids).mask).shape == (6, 30)

    @pytest.mark.parametrize("pooling", INTENT_POOLINGS)
    def test_a_row_without_words_gives_finite_scores(self, pooling: str):
        model = make_odd(make_model(intent_pooling=pooling))
        output = model(torch.zeros(2, 3, dtype=torch.long), intent_labels=torch.tensor([0, 1]))
        output.loss.backward()
        assert output.intent_logits.isfinite().all() and output.slot_logits.isfinite().all()
        assert all(weight.grad is None or weight.grad.isfinite().all() for weight in model.parameters())

    @pytest.mark.parametrize(
        "values, message",
        [
            ({"dropout": 1.0}, "dropout"),
            ({"word_dropout": -0.1}, "word_dropout"),
            ({"shared_hidden": 0}, "shared_hidden"),
            ({"vocabulary_size": 7}, "vocabulary_size"),
            ({"ngram_min": 3, "ngram_max": 2}, "ngram_max.*ngram_min"),
            ({"intent_pooling": "sum"}, "intent_pooling"),
            ({"intents": []}, "intent"),
            ({"slot_types": ["a", "a"]}, "slot_types"),
            ({"format_version": 99}, "format 99"),
        ],
    )
    def test_a_config_out_of_range_is_refused(self, values: dict, message: str):
        with pytest.raises(ValueError, match=message):
            BiLstmNluConfig(**values)
