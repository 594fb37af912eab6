"""From a model to the hub: write the repository folder, verify that it works, push it."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from transformers import PreTrainedTokenizerFast

from bilstm_nlu.runtime.delta_file import DELTA_FILE, Reference, is_delta
from bilstm_nlu.staging import staged

from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from .base_on_hub import reference_on_hub
from .card import render_card
from .card_data import CardData
from .card_data_file import CARD_DATA_FILE, read_card_data, write_card_data
from .delta_folder import with_note, without_note, write_reference
from .private_paths import without_paths
from .push import Pushed, full_name, push_files
from .repository import check_code, check_complete, check_replaceable, is_written
from .verify import verify_repository
from .writing import RECIPE_FILE, completed, fill_folder

__all__ = ["Publication", "publish", "push_repository", "texts_to_check"]

_MESSAGE = "Upload a bilstm-nlu checkpoint"
_TEXTS = ("what can you do", "play some jazz in the kitchen", "42!", "")


@dataclass(frozen=True)
class Publication:
    """What `publish` did, or would do without `dry_run`.

    Attributes:
        folder: the repository folder.
        files: name -> size in bytes of every file in the folder.
        num_verified: number of utterances that a process without this package parsed with the same result.
        pushed: the result of the push; `None` if there was no push.
    """

    folder: Path
    files: dict[str, int]
    num_verified: int = 0
    pushed: Pushed | None = None

    @property
    def url(self) -> str | None:
        """The URL of the commit or pull request on the hub; `None` if there was no push."""
        return None if self.pushed is None else self.pushed.url


def push_repository(
    folder: str | Path,
    repo_id: str,
    *,
    private: bool | None = None,
    revision: str | None = None,
    tag: str | None = None,
    create_pr: bool = False,
    commit_message: str = _MESSAGE,
    token: str | None = None,
    dry_run: bool = False,
) -> Pushed:
    """Push a repository folder to the hub as one commit; the repository is created if it does not exist.

    A delta is pushed only if the hub has its base, with the same weights; the repository names that commit.

    Only files that belong to a checkpoint are pushed, even if the folder has other files. The recipe is pushed without
    the paths of this machine. Files of an earlier push that the folder no longer has (metrics, exported weights) are
    removed by the commit.

    Args:
        folder: the repository.
        repo_id: `owner/name`, or a name for your own account.
        private: whether a new repository is private; `None` uses the owner's default.
        revision: the branch to commit to, created if it does not exist; by default the main branch.
        tag: a tag for the commit.
        create_pr: open a pull request instead of committing.
        commit_message: first line of the commit message.
        token: for the hub; by default the one of the login.
        dry_run: only report what would change.

    Raises:
        NluError: the folder is incomplete, the hub does not have the base of a delta, or the push fails (see
            `push_files`).
    """
    folder = Path(folder).expanduser()
    files = {name: folder / name for name in check_complete(folder)}
    check_code(folder)
    repo_id = full_name(repo_id, token=token)
    with TemporaryDirectory(prefix="bilstm-nlu-card-") as desk:
        reference = reference_on_hub(folder, repo_id, token=token) if is_delta(folder) else None
        files |= _renamed_card(folder, repo_id, Path(desk), reference)
        if reference is not None:
            write_reference(Path(desk), reference)
            files[DELTA_FILE] = Path(desk) / DELTA_FILE
        if (recipe := files.get(RECIPE_FILE)) is not None:
            bare = without_paths(recipe.read_text(encoding="utf-8"), str(recipe))
            files[RECIPE_FILE] = Path(desk) / RECIPE_FILE
            files[RECIPE_FILE].write_text(bare, encoding="utf-8")
        return push_files(
            files,
            repo_id,
            is_replaced=is_written,
            private=private,
            revision=revision,
            tag=tag,
            create_pr=create_pr,
            commit_message=commit_message,
            token=token,
            dry_run=dry_run,
        )


def _renamed_card(folder: Path, repo_id: str, desk: Path, reference: Reference | None) -> dict[str, Path]:
    """The card with the repository's name in its examples. A card that was edited by hand is not changed.

    Args:
        folder: the repository folder.
        repo_id: the repository.
        desk: an empty folder to write to.
        reference: the base of a delta, which the card names.

    Returns:
        Name -> file.
    """
    card_data = read_card_data(folder / CARD_DATA_FILE)
    card = (folder / "README.md").read_text(encoding="utf-8")
    bare = card if reference is None else without_note(card)
    if card_data is not None and bare == render_card(card_data):
        card_data = replace(card_data, model_name=repo_id)
        bare = render_card(card_data)
        write_card_data(desk / CARD_DATA_FILE, card_data)
    elif reference is None:
        return {}
    (desk / "README.md").write_text(bare if reference is None else with_note(bare, reference), encoding="utf-8")
    return {path.name: path for path in desk.iterdir()}


def publish(
    folder: str | Path,
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    card_data: CardData | None = None,
    *,
    repo_id: str | None = None,
    texts: Sequence[str] = (),
    verify: bool = True,
    dry_run: bool = False,
    metrics: Mapping[str, Mapping[str, float]] | None = None,
    learning_curve: Sequence[Mapping[str, float]] | None = None,
    recipe: object = None,
    extra_files: Iterable[str | Path] = (),
    packed: bool = False,
    **push: Any,
) -> Publication:
    """Write a repository, verify it in a process without this package, move it into place, and push it if asked to.

    Args:
        folder: where to write; missing, empty, or an older repository.
        model: the model.
        tokenizer: its tokenizer.
        card_data: for the card; by default what can be read from the model, with the name of the folder.
        repo_id: where to push to; `None` does not push.
        texts: utterances to verify with; by default the examples of the card and a few others.
        verify: whether to verify; it takes some seconds.
        dry_run: write into a temporary folder and verify it, but do not change `folder` or the hub.
        metrics: for `metrics.json` and the card; by default those of `card_data`.
        learning_curve: for `learning_curve.json` and the card; by default that of `card_data`.
        recipe: for `recipe.yaml`: a mapping or a dataclass.
        extra_files: more files to copy into the folder.
        packed: save the weights in less than half the space; the card says so.
        push: further arguments of `push_repository`; they are checked even if nothing is pushed.

    Raises:
        TypeError: an argument that `push_repository` does not have.
        NluError: an error of `write_repository`, `verify_repository` or `push_repository`. The old folder is kept
            unless the new one is complete and, with `verify`, works.
    """
    if unknown := sorted(push.keys() - _PUSH_OPTIONS):
        raise TypeError(
            f"publish() has no argument {', '.join(unknown)}; for a push: {', '.join(sorted(_PUSH_OPTIONS))}"
        )
    folder = Path(folder).expanduser().resolve()
    check_replaceable(folder)
    model = model.as_saved(packed=packed)
    card_data = completed(card_data, folder, model, tokenizer, metrics, learning_curve, packed)
    texts = list(texts) or texts_to_check(card_data)
    try:
        with staged(folder) as build:
            build.mkdir()
            fill_folder(build, model, tokenizer, card_data, recipe=recipe, extra_files=extra_files, packed=packed)
            if verify:
                verify_repository(build, texts, model=model, tokenizer=tokenizer)
            files = {name: (build / name).stat().st_size for name in check_complete(build)}
            done = Publication(folder, files, len(texts) if verify else 0)
            if dry_run:
                raise _DryRun
    except _DryRun:
        return done
    if repo_id is None:
        return done
    return replace(done, pushed=push_repository(folder, repo_id, **push))


def texts_to_check(card_data: CardData | None) -> list[str]:
    """The examples of a card and a few other texts, to compare results on."""
    examples = () if card_data is None else card_data.examples
    return [*dict.fromkeys([*(frame["text"] for frame in examples), *_TEXTS])]


_PUSH_OPTIONS = inspect.signature(push_repository).parameters.keys() - {"folder", "repo_id", "dry_run"}


class _DryRun(Exception):
    """Leaves the staging block without moving the result into place."""
