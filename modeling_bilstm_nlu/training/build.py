"""A fresh model for a domain, and what a model takes from a domain besides its labels: words and catalogs."""

from collections.abc import Mapping
from typing import Any

from transformers import PreTrainedTokenizerFast, set_seed

from bilstm_nlu.errors import DataError

from ..catalogs_bilstm_nlu import SlotCatalogs
from ..configuration_bilstm_nlu import BiLstmNluConfig
from ..data.domains import Domain
from ..data.label_names import name_words
from ..data.mixtures.mixture import Mixture
from ..data.values.builtin_types import builtin_forms, is_builtin
from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from ..tokenization_bilstm_nlu import build_tokenizer, count_word_keys, phrase_word_keys
from .intent_slots import slots_of_intents

__all__ = [
    "SHARE_OF_MIXTURE",
    "add_gazetteers",
    "adjusted",
    "build_model",
    "grow_vocabulary",
    "slot_catalogs_of",
]

#: Of the word table of a generic checkpoint: a word of a later domain needs a free one among its `PROBES` rows.
SHARE_OF_MIXTURE = 0.6


def build_model(
    domain: Domain, *, tokenizer: PreTrainedTokenizerFast | None = None, seed: int = 0, **config: Any
) -> BiLstmNluForIntentAndSlots:
    """A randomly initialised model with the domain's labels and catalogs, and a row for every word it trains on.

    Args:
        domain: labels and training texts.
        tokenizer: the tokenizer to find words with; the package's own by default.
        seed: of the weights.
        config: arguments of `BiLstmNluConfig`.

    Raises:
        DataError: as `slot_catalogs_of`.
    """
    set_seed(seed)
    config = {**slots_of_intents(domain), **config}
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(domain.spec.intents, domain.spec.slot_types, **config))
    model.slot_catalogs = slot_catalogs_of(domain)
    share = SHARE_OF_MIXTURE if isinstance(domain, Mixture) else 1.0
    grow_vocabulary(model, domain, tokenizer or build_tokenizer(), share=share)
    return model


def adjusted(model: BiLstmNluForIntentAndSlots, changes: Mapping[str, Any]) -> BiLstmNluForIntentAndSlots:
    """The same weights under a config with some values changed; without changes the model itself.

    Args:
        model: a generic checkpoint, whose heads will be drawn anew.
        changes: arguments of `BiLstmNluConfig` that leave the sizes of the encoder and the stacks as they are.

    Raises:
        RuntimeError: they do not.
    """
    if not changes:
        return model
    config = BiLstmNluConfig.from_dict({**model.config.to_dict(), **changes})
    config.name_or_path = model.config.name_or_path
    config._commit_hash = getattr(model.config, "_commit_hash", None)  # the lineage of a hub id
    changed = BiLstmNluForIntentAndSlots(config)
    weights = {name: weight for name, weight in model.state_dict().items() if config.use_crf or "crf." not in name}
    changed.load_state_dict(weights)
    changed.slot_catalogs = model.slot_catalogs
    return changed


def grow_vocabulary(
    model: BiLstmNluForIntentAndSlots, domain: Domain, tokenizer: PreTrainedTokenizerFast, *, share: float = 1.0
) -> int:
    """Give the words of the domain's training split, and of its labels' names, rows of their own, commonest first.

    Args:
        model: whose table of words is filled.
        domain: training texts.
        tokenizer: to find words with.
        share: of the table's rows that may be taken.

    Returns:
        How many words are new.
    """
    names = () if isinstance(domain, Mixture) else (*domain.spec.intents, *domain.spec.slot_types)
    counts = count_word_keys([*domain.splits["train"]["text"], *filter(None, map(name_words, names))], tokenizer)
    most = int(share * model.config.word_rows)
    return model.encoder.add_words(key for key, _ in counts.most_common(most))


def slot_catalogs_of(domain: Domain) -> SlotCatalogs:
    """The catalogs that a model of the domain resolves slots with: the values that its developer lists.

    What this package brings for built-in types is left out: it is there to train on, and `tomorrow` is better resolved
    to a date than to itself. The names of these types are kept, for normalising what is said.

    Raises:
        DataError: the catalogs are too large for a checkpoint, or hold a text that no file can.
    """
    types: dict[str, set[str]] = {}
    for slots in domain.skill.slots.values() if domain.skill is not None else ():
        for slot, slot_type in slots.items():
            types.setdefault(slot, set()).add(slot_type)
    entries = {}
    for slot_type in domain.spec.slot_types:
        if slot_type not in domain.catalogs:
            continue
        catalog = domain.catalogs[slot_type]
        names = types.get(slot_type, set()) | {catalog.type_name or slot_type}
        ours = {form for name in names if is_builtin(name) for form in builtin_forms(name)}
        values = {
            value: {"id": catalog.ids.get(value), "synonyms": synonyms}
            for value, synonyms in catalog.values.items()
            if value.strip() and (value not in ours or synonyms or value in catalog.ids)
        }
        entries[slot_type] = {"type_name": catalog.type_name, "values": values}
    try:
        catalogs = SlotCatalogs(entries, where=f"domain {domain.name!r}")
        catalogs.to_json()  # better refused now than when a trained model is saved
    except ValueError as error:
        raise DataError(str(error)) from error
    return catalogs


def add_gazetteers(model: BiLstmNluForIntentAndSlots, domain: Domain, tokenizer: PreTrainedTokenizerFast) -> None:
    """Feed the domain's slot catalogs to the upper stacks (section 3 of the paper)."""
    model.set_gazetteers(
        {
            slot_type: phrase_word_keys(catalog.surface_forms(), tokenizer, max_words=model.config.gazetteer_max_words)
            for slot_type, catalog in sorted(domain.catalogs.items())
            if catalog.values
        }
    )
