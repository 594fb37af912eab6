"""A strong neural baseline: a pretrained sentence encoder that is fine-tuned for intents and slots together."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, get_linear_schedule_with_warmup, set_seed

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import write_json
from bilstm_nlu.hub_errors import first_line
from bilstm_nlu.staging import staged
from modeling_bilstm_nlu.data.domains import Domain
from modeling_bilstm_nlu.data.encoded import EncodedUtterances
from modeling_bilstm_nlu.data.encoding import encode_dataset
from modeling_bilstm_nlu.data.words import words_of
from modeling_bilstm_nlu.frames_bilstm_nlu import Frame
from modeling_bilstm_nlu.labels_bilstm_nlu import tags_for
from modeling_bilstm_nlu.pipeline_bilstm_nlu import LONE_SURROGATE
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training.intent_slots import declared_slots
from modeling_bilstm_nlu.training.precision import prefers_bf16
from modeling_bilstm_nlu.training.sampler import LengthBucketSampler

from .frames import Baseline, frame_of, read_facts
from .joint_network import JointNetwork, LabelledWords, load_encoder

__all__ = ["JointEncoder"]

_FORMAT = 1
_FACTS, _WEIGHTS = "baseline.json", "weights.safetensors"

_BATCH_SIZE = 16
_PREDICTED_AT_ONCE = 64
_BATCHES_PER_CHUNK = 4  # few, so that a small training set is not split into the same batches in every epoch
_EPOCHS, _FEWEST_STEPS, _MOST_STEPS = 20, 600, 2500
_WARM_UP = 0.1  # of the steps
_WEIGHT_DECAY = 0.01
_LARGEST_GRADIENT = 1.0


class JointEncoder(Baseline):
    """JointBERT with a CRF (Chen et al. 2019, arXiv:1902.10909); intents come from the mean of the encoder's states.

    Slot tags come from the state of each word's first piece; the words are those of the bi-LSTM. All weights are
    fine-tuned except the word embeddings, so that words outside the training data stay close to similar words.

    Args:
        encoder: a folder or a hub id of an encoder with weights as safetensors and a fast tokenizer, such as
            ``sentence-transformers/all-MiniLM-L6-v2``.
        learning_rate: of the encoder.
        head_learning_rate: of the heads and the CRF, which start from random weights.
        frozen: keep the encoder as it is, and train the heads and the CRF on its states; takes a fraction of the time.
    """

    def __init__(
        self,
        encoder: str | Path,
        *,
        learning_rate: float = 2e-4,
        head_learning_rate: float = 1e-3,
        frozen: bool = False,
    ):
        self.encoder = str(encoder)
        self.learning_rate, self.head_learning_rate, self.frozen = learning_rate, head_learning_rate, frozen
        self._network: JointNetwork | None = None
        self._intents: list[str] = []
        self._slot_types: list[str] = []
        self._intent_slots: dict[str, list[str]] = {}

    def fit(
        self, domain: Domain, split: str = "train", *, seed: int = 0, max_steps: int | None = None
    ) -> "JointEncoder":
        """Fit to a split of a domain, without using any other split.

        An utterance without an annotated intent is used for slots only; one without annotated slots, for intents only.
        Slots that cut a word are widened to the whole word for training.

        Args:
            domain: the data.
            split: the split to learn from.
            seed: for the heads, dropout, and the order of the batches.
            max_steps: number of batches of 16; ``None`` means 20 epochs, but at least 600 and at most 2,500 batches.

        Raises:
            NluError: the encoder cannot be loaded.
            DataError: the domain has no such split, or one of its utterances has no words.
        """
        self._intents, self._slot_types = list(domain.spec.intents), list(domain.spec.slot_types)
        self._intent_slots = declared_slots(domain)
        rows = _rows_of(domain, split, self._intents, self._slot_types)
        set_seed(seed)
        tokenizer, encoder = load_encoder(self.encoder)
        encoder.requires_grad_(not self.frozen)
        encoder.get_input_embeddings().weight.requires_grad_(False)
        network = JointNetwork(tokenizer, encoder, len(self._intents), len(tags_for(self._slot_types)))
        network.to("cuda" if torch.cuda.is_available() else "cpu")
        if max_steps is None:
            max_steps = min(max(_EPOCHS * len(rows) // _BATCH_SIZE, _FEWEST_STEPS), _MOST_STEPS)
        self._train(network, rows, seed, max_steps)
        self._network = network.eval()
        return self

    def _train(self, network: JointNetwork, rows: list[LabelledWords], seed: int, max_steps: int) -> None:
        body = [weight for weight in network.encoder.parameters() if weight.requires_grad]
        heads = [weight for part in network.heads for weight in part.parameters()]
        optimizer = torch.optim.AdamW(
            [{"params": body, "lr": self.learning_rate}, {"params": heads, "lr": self.head_learning_rate}],
            weight_decay=_WEIGHT_DECAY,
            fused=True,
        )
        schedule = get_linear_schedule_with_warmup(optimizer, round(_WARM_UP * max_steps), max_steps)
        states = _states_of(network, rows) if self.frozen else None
        network.train()
        for _, order in zip(range(max_steps), _batches(rows, seed), strict=False):
            batch = [rows[i] for i in order]
            with torch.autocast(network.device.type, torch.bfloat16, enabled=prefers_bf16()):
                if states is None:
                    intent_logits, slot_logits = network([row.words for row in batch])
                else:
                    sentences, words = zip(*[states[i] for i in order], strict=True)
                    intent_logits, slot_logits = network.logits(
                        torch.stack(sentences), nn.utils.rnn.pad_sequence([*words], batch_first=True)
                    )
            loss = network.loss(intent_logits, slot_logits, batch)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([*body, *heads], _LARGEST_GRADIENT)
            optimizer.step()
            schedule.step()

    @torch.inference_mode()
    def predict(self, texts: Iterable[str]) -> list[Frame]:
        network = self._learned()
        texts = list(texts)
        readable = [LONE_SURROGATE.sub("\ufffd", text) for text in texts]
        words = list(words_of(readable))
        found: list[tuple[tuple[str, float], list[str]]] = [(("", 0.0), [])] * len(texts)
        order = sorted((i for i in range(len(texts)) if words[i]), key=lambda i: len(words[i]))
        names = tags_for(self._slot_types)
        for batch in (order[i : i + _PREDICTED_AT_ONCE] for i in range(0, len(order), _PREDICTED_AT_ONCE)):
            intent_logits, slot_logits = network([_cut(readable[i], words[i]) for i in batch])
            lengths = torch.tensor([len(words[i]) for i in batch], device=network.device)
            mask = torch.arange(slot_logits.shape[1], device=network.device) < lengths[:, None]
            tags = network.decode(slot_logits, mask).tolist()
            scores, intents = intent_logits.softmax(-1).max(-1)
            for i, score, intent, row in zip(batch, scores.tolist(), intents.tolist(), tags, strict=True):
                found[i] = (self._intents[intent], score), [names[tag] for tag in row[: len(words[i])]]
        return [
            frame_of(text, places, intent, row, self._intent_slots)
            for text, places, (intent, row) in zip(texts, words, found, strict=True)
        ]

    def save(self, folder: str | Path) -> None:
        """Write the baseline to a folder of JSON, safetensors and the encoder's tokenizer.

        Raises:
            NluError: the baseline is not fitted yet.
        """
        network = self._learned()
        facts = {
            "format_version": _FORMAT,
            "encoder": self.encoder,
            "learning_rate": self.learning_rate,
            "head_learning_rate": self.head_learning_rate,
            "frozen": self.frozen,
            "intents": self._intents,
            "slot_types": self._slot_types,
            "intent_slots": self._intent_slots,
        }
        with staged(Path(folder)) as build:
            build.mkdir()
            network.encoder.config.save_pretrained(build)
            network.tokenizer.save_pretrained(build)
            weights = {name: weight.contiguous() for name, weight in network.state_dict().items()}
            (build / _WEIGHTS).write_bytes(save(weights))  # `save_file` would make the file private
            write_json(build / _FACTS, facts)

    @classmethod
    def load(cls, folder: str | Path) -> "JointEncoder":
        """Load a folder that ``save`` wrote.

        Raises:
            NluError: the folder is not such a folder, has a newer format, or is damaged.
        """
        folder = Path(folder)
        facts = read_facts(folder / _FACTS, _FORMAT)
        baseline = cls(
            facts["encoder"],
            learning_rate=facts["learning_rate"],
            head_learning_rate=facts["head_learning_rate"],
            frozen=facts.get("frozen", False),
        )
        baseline._intents, baseline._slot_types = facts["intents"], facts["slot_types"]
        baseline._intent_slots = facts["intent_slots"]
        try:
            encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder))
            tokenizer = AutoTokenizer.from_pretrained(folder)
            network = JointNetwork(tokenizer, encoder, len(baseline._intents), len(tags_for(baseline._slot_types)))
            network.load_state_dict(load_file(folder / _WEIGHTS))
        except (OSError, RuntimeError, ValueError, SafetensorError) as error:
            raise NluError(f"{folder}: the baseline is damaged ({first_line(error)}); fit it again") from error
        baseline._network = network.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        return baseline

    def _learned(self) -> JointNetwork:
        if self._network is None:
            raise NluError("this baseline is not fitted yet; call fit or load")
        return self._network


def _rows_of(domain: Domain, split: str, intents: list[str], slot_types: list[str]) -> list[LabelledWords]:
    texts = [utterance.text for utterance in domain.utterances(split)]
    labels = EncodedUtterances(
        encode_dataset(domain.splits[split], build_tokenizer(), intents, slot_types, split=split)
    )
    rows = []
    for i, (text, places) in enumerate(zip(texts, words_of(texts), strict=True)):
        tags = labels[i]["slot_labels"].long()
        rows.append(LabelledWords(_cut(text, places[: len(tags)]), int(labels[i]["intent_labels"]), tags))
    return rows


@torch.no_grad()
def _states_of(network: JointNetwork, rows: list[LabelledWords]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The encoder's states of rows: (size,) and (words, size) for each."""
    network.eval()
    states: list[tuple[torch.Tensor, torch.Tensor]] = []
    for start in range(0, len(rows), _PREDICTED_AT_ONCE):
        batch = rows[start : start + _PREDICTED_AT_ONCE]
        with torch.autocast(network.device.type, torch.bfloat16, enabled=prefers_bf16()):
            sentences, words = network.states([row.words for row in batch])
        states += [(sentences[i], words[i, : len(row.words)]) for i, row in enumerate(batch)]
    return states


def _cut(text: str, words: Iterable[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in words]


def _batches(rows: list[LabelledWords], seed: int) -> Iterator[list[int]]:
    """Numbers of rows, in batches of similar lengths, without end."""
    sampler = LengthBucketSampler([len(row.words) for row in rows], _BATCH_SIZE, seed, _BATCHES_PER_CHUNK)
    while True:
        order = list(sampler)
        yield from (order[start : start + _BATCH_SIZE] for start in range(0, len(order), _BATCH_SIZE))
        sampler.set_epoch(sampler.epoch + 1)
