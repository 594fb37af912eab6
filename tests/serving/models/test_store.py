"""The models in memory: one load at a time for each, and none that waits for another."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.models.catalogue import Catalogue
from bilstm_nlu.serving.models.loading import LoadedModel
from bilstm_nlu.serving.models.metrics import Metrics
from bilstm_nlu.serving.models.naming import Canary, name_of_path, near_names, parse_canary
from bilstm_nlu.serving.models.queue import ParseQueue
from bilstm_nlu.serving.models.revisions import Revision
from bilstm_nlu.serving.models.store import ModelStore
from bilstm_nlu.serving.refusal import Refusal


class Shelf:
    """A source of models that a test can change."""

    def __init__(self, *names: str):
        self.revisions = [Revision(*name.split("@"), place=name) for name in map(with_label, names)]

    def scan(self, *, is_asked: bool = False) -> list[Revision]:
        return list(self.revisions)

    def find(self, name: str, label: str) -> Revision | None:
        return None

    def add(self, name: str, changed: float) -> None:
        self.revisions.append(Revision(*with_label(name).split("@"), place=name, changed=changed))


def with_label(name: str) -> str:
    return name if "@" in name else f"{name}@v1"


def make_store(
    shelf: Shelf, load: Callable[[Revision], LoadedModel] | None = None, *, memory: int = 1000, **more: Any
) -> ModelStore:
    return ModelStore(Catalogue(**more), [shelf], load or make_model, memory=memory, metrics=Metrics())


def make_model(revision: Revision) -> LoadedModel:
    return LoadedModel(revision, revision.label or "?", SimpleNamespace(), 100)  # type: ignore[arg-type]


def run(steps: Coroutine[Any, Any, None]) -> None:
    asyncio.run(steps)


def test_a_request_waits_for_no_other_model():
    open_now = threading.Event()

    def load(revision: Revision) -> LoadedModel:
        if revision.name == "slow":
            assert open_now.wait(60)
        return make_model(revision)

    async def steps() -> None:
        store = make_store(Shelf("slow", "fast"), load)
        await store.refresh()
        waiting = asyncio.ensure_future(store.get("slow"))
        assert (await store.get("fast")).name == "fast"
        assert store.find("fast") is not None and not waiting.done()
        open_now.set()
        assert (await waiting).name == "slow"

    run(steps())


def test_all_that_ask_for_a_model_wait_for_one_load():
    loads = []

    def load(revision: Revision) -> LoadedModel:
        loads.append(revision)
        return make_model(revision)

    async def steps() -> None:
        store = make_store(Shelf("garden"), load)
        await store.refresh()
        found = await asyncio.gather(*(store.get("garden") for _ in range(50)))
        assert len(loads) == 1 and len(set(map(id, found))) == 1

    run(steps())


def test_the_model_that_was_not_used_for_longest_makes_room():
    async def steps() -> None:
        store = make_store(Shelf("a", "b", "c", "d"), memory=300)
        await store.refresh()
        for name in "abc":
            await store.get(name)
        assert store.find("a") is not None
        await store.get("d")
        assert [store.find(name) is not None for name in "abcd"] == [True, False, True, True]
        assert store.num_bytes == 300
        await store.get("b")
        assert store.num_bytes == 300

    run(steps())


def test_a_model_that_is_larger_than_the_memory_is_loaded_alone():
    async def steps() -> None:
        store = make_store(Shelf("a", "b"), memory=50)
        await store.refresh()
        for name in "abab":
            assert (await store.get(name)).name == name
        assert store.num_bytes == 100

    run(steps())


def test_a_load_that_failed_is_not_tried_again_at_once():
    loads = []

    def load(revision: Revision) -> LoadedModel:
        loads.append(revision.name)
        if revision.name == "broken":
            raise NluError("broken: damaged, it is empty")
        return make_model(revision)

    async def steps() -> None:
        store = make_store(Shelf("broken", "whole"), load)
        await store.refresh()
        for _ in range(3):
            with pytest.raises(Refusal, match="damaged") as caught:
                await store.get("broken")
            assert caught.value.status == 503 and int(caught.value.headers["Retry-After"]) >= 1
        assert loads == ["broken"] and [str(one) for one in store.failures] == ["broken@v1"]
        assert (await store.get("whole")).name == "whole"
        with pytest.raises(Refusal):
            await store.reload("broken")  # this tries again
        assert loads == ["broken", "whole", "broken"]

    run(steps())


def test_a_new_revision_takes_over_and_an_old_one_comes_back():
    async def steps() -> None:
        shelf = Shelf("garden@v1")
        store = make_store(shelf)
        await store.refresh()
        assert (await store.get("garden")).label == "v1"
        shelf.add("garden@v2", 2)
        assert await store.refresh() == ["garden@v2"]
        assert (await store.get("garden")).label == "v2"
        assert (await store.reload("garden", pinned="v1")).label == "v1"
        shelf.add("garden@v3", 3)
        assert await store.refresh() == []  # someone chose v1
        assert (await store.get("garden")).label == "v1" and (await store.get("garden@v2")).label == "v2"
        assert (await store.reload("garden")).label == "v3"
        with pytest.raises(Refusal, match="v9"):
            await store.reload("garden", pinned="v9")
        assert (await store.get("garden")).label == "v3"

    run(steps())


def test_the_old_revision_answers_while_the_new_one_is_loaded_and_if_it_cannot_be():
    async def steps() -> None:
        shelf, store_ready, answer = Shelf("garden@v1"), threading.Event(), {}

        def load(revision: Revision) -> LoadedModel:
            if revision.label == "v2":
                assert store_ready.wait(60)
            if revision.label == "v3":
                raise NluError("damaged")
            return make_model(revision)

        store = make_store(shelf, load)
        await store.refresh()
        await store.get("garden")
        shelf.add("garden@v2", 2)
        changing = asyncio.ensure_future(store.refresh())
        for _ in range(20):
            await asyncio.sleep(0)
            answer = await store.get("garden")
            assert answer.label == "v1"
        store_ready.set()
        await changing
        assert (await store.get("garden")).label == "v2"
        shelf.add("garden@v3", 3)
        assert await store.refresh() == []
        assert (await store.get("garden")).label == "v2" and [str(one) for one in store.failures] == ["garden@v3"]

    run(steps())


def test_a_model_that_is_gone_is_forgotten():
    async def steps() -> None:
        shelf = Shelf("garden", "lamps")
        store = make_store(shelf)
        await store.refresh()
        await store.get("garden")
        del shelf.revisions[0]
        await store.refresh()
        with pytest.raises(Refusal, match="garden"):
            await store.get("garden")
        assert store.num_bytes == 0

    run(steps())


def test_a_canary_gets_its_share():
    draws = iter([0.04, 0.05, 0.9, 0.0])

    async def steps() -> None:
        shelf = Shelf("garden@v1", "garden@v2")
        canary = Canary("garden", "v1", 0.05)
        store = make_store(shelf, canaries=[canary], draw=lambda: next(draws))
        await store.refresh()
        assert [(await store.get("garden")).label for _ in range(4)] == ["v1", "v2", "v2", "v1"]

    run(steps())


def test_a_canary_that_cannot_answer_costs_no_answer():
    def load(revision: Revision) -> LoadedModel:
        if revision.label == "v1":
            raise NluError("damaged")
        return make_model(revision)

    async def steps() -> None:
        for label in ("v1", "v7"):  # damaged; unknown
            canaries = [Canary("garden", label, 1.0)]
            store = make_store(Shelf("garden@v1", "garden@v2"), load, canaries=canaries)
            await store.refresh()
            assert (await store.get("garden")).label == "v2"

    run(steps())


def make_queue(limit: int) -> tuple[ParseQueue, Any, list[list[str]]]:
    """A queue, a model, and the texts of each call of the model."""
    calls: list[list[str]] = []

    def nlu(texts: list[str], **arguments: Any) -> list[str]:
        calls.append(list(texts))
        return [text.upper() for text in texts]

    return ParseQueue(limit), SimpleNamespace(nlu=nlu), calls


def test_requests_that_wait_for_a_model_are_computed_together():
    async def steps() -> None:
        queue, model, calls = make_queue(100)
        other = SimpleNamespace(nlu=model.nlu)
        waiting = [queue.parse(model, [f"a{number}"], {}) for number in range(20)]
        waiting.insert(3, queue.parse(other, ["b"], {}))
        found = await asyncio.gather(*waiting)
        assert [one[0] for one in found] == ["A0", "A1", "A2", "B", *(f"A{number}" for number in range(3, 20))]
        assert [len(call) for call in calls] == [3, 1, 16, 1]
        assert len(queue) == 0

    run(steps())


def test_more_requests_than_may_wait_are_refused():
    async def steps() -> None:
        queue, model, calls = make_queue(3)
        found = await asyncio.gather(*(queue.parse(model, ["x"], {}) for _ in range(5)), return_exceptions=True)
        assert found[:3] == [["X"]] * 3
        for refusal in found[3:]:
            assert isinstance(refusal, Refusal) and refusal.status == 429 and refusal.headers["Retry-After"]
        assert await queue.parse(model, ["y"], {}) == ["Y"]

    run(steps())


def test_an_error_of_a_model_reaches_all_that_wait_for_it():
    async def steps() -> None:
        def nlu(texts: list[str]) -> list[str]:
            raise ValueError("scores are not finite")

        queue = ParseQueue(10)
        model: Any = SimpleNamespace(nlu=nlu)
        found = await asyncio.gather(*(queue.parse(model, ["x"], {}) for _ in range(2)), return_exceptions=True)
        assert [type(one) for one in found] == [ValueError, ValueError] and len(queue) == 0

    run(steps())


def test_names_of_folders_and_files_become_names_of_models(tmp_path: Path):

    assert name_of_path(tmp_path / "tea shop (new)") == "tea-shop-new-"
    (tmp_path / "tea.v1.nlu").touch()
    assert name_of_path(tmp_path / "tea.v1.nlu") == "tea.v1"
    with pytest.raises(NluError, match="NAME="):
        name_of_path(Path("茶"))
    assert near_names("Gardn", ["garden", "lamps"]) == ["garden"]
    assert parse_canary("garden@v2=5%") == Canary("garden", "v2", 0.05) == parse_canary("garden@v2=0.05")
    for wrong in ("garden=5%", "garden@v2", "garden@v2=200%", "garden@v2=x", "@v=1"):
        with pytest.raises(NluError, match="NAME@REVISION=SHARE"):
            parse_canary(wrong)
