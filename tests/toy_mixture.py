"""Two small corpora that call the same words by other names, for tests of pretraining."""

from datasets import DatasetDict, concatenate_datasets
from toy_domain import toy_domain

from modeling_bilstm_nlu.data import Domain, DomainSpec, Mixture, SlotSpan, Utterance


def mixture() -> Mixture:
    """The toy domain with names of a corpus, and a corpus of questions that marks the same words otherwise."""

    def renamed(row: dict) -> dict:
        spans = [{**span, "slot_type": f"toy.{span['slot_type']}"} for span in row["spans"]]
        return {"intent": f"toy.{row['intent']}", "spans": spans}

    toy = toy_domain().splits
    asked = [Utterance(f"ask {name}", "quiz.ask", (SlotSpan("quiz.what", 4, 4 + len(name)),)) for name in ("x", "yy")]
    quiz = Domain.from_utterances("quiz", {"train": asked * 12, "validation": asked}).splits
    splits = {split: concatenate_datasets([toy[split].map(renamed), quiz[split]]) for split in ("train", "validation")}
    spec = DomainSpec("mix", ("quiz.ask", "toy.light", "toy.play"), ("quiz.what", "toy.room", "toy.song"))
    parts = {split: {"toy": len(toy[split]), "quiz": len(quiz[split])} for split in splits}
    return Mixture("mix", DatasetDict(splits), spec, parts=parts)
