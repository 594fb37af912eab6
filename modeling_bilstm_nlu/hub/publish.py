"""From a model to a repository: write the whole folder, prove that it works, push it."""

import inspect
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from safetensors import SafetensorError
from transformers import PreTrainedTokenizerFast

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import write_json
from bilstm_nlu.staging import staged

from ..modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from .card import render_card
from .facts import CardFacts
from .facts_file import FACTS_FILE, read_facts, write_facts
from .integrity import sha256_of
from .picture import draw_curve
from .push import Pushed, full_name, push_files
from .repository import allowed_files, check_code, check_complete, check_replaceable, is_allowed, is_written
from .verify import verify_repository

__all__ = ["Publication", "publish", "push_repository", "texts_to_check", "write_repository"]

_MESSAGE = "Upload a bilstm-nlu checkpoint"
_OS_ERROR = re.compile(r"\(os error (\d+)\)")
#: What a tokenizer that was loaded would write into its config of where from.
_LOADED_FROM = ("is_local", "local_files_only")
_TEXTS = ("what can you do", "play some jazz in the kitchen", "42!", "")


@dataclass(frozen=True)
class Publication:
    """What `publish` did, or in a dry run would do.

    Attributes:
        folder: the repository folder.
        files: name -> size in bytes of every file in it.
        num_verified: utterances that a process without this package parsed alike.
        pushed: what was pushed; `None` where nothing was to be.
    """

    folder: Path
    files: dict[str, int]
    num_verified: int = 0
    pushed: Pushed | None = None

    @property
    def url(self) -> str | None:
        """Of the commit or the pull request on the hub; `None` where nothing was pushed."""
        return None if self.pushed is None else self.pushed.url


def write_repository(
    folder: str | Path,
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    facts: CardFacts | None = None,
    *,
    metrics: Mapping[str, Mapping[str, float]] | None = None,
    learning_curve: Sequence[Mapping[str, float]] | None = None,
    recipe: object = None,
    extra_files: Iterable[str | Path] = (),
    packed: bool = False,
) -> Path:
    """Write one folder with all of a checkpoint: config, weights, tokenizer, code, card, metrics, curve and recipe.

    The folder appears complete or not at all; an older repository in its place goes only when the new one is there.

    Args:
        folder: where to; missing, empty, or an older repository.
        model: the model.
        tokenizer: its tokenizer.
        facts: for the card; by default what the model itself tells, under the name of the folder.
        metrics: split -> metric -> value, for `metrics.json` and the card; by default those of `facts`.
        learning_curve: for `learning_curve.json` and the card; by default that of `facts`.
        recipe: for `recipe.yaml`: a mapping or a dataclass.
        extra_files: more files to copy in, such as a picture of the learning curve.
        packed: save the weights in less than half the space, see `save_pretrained`; the card tells.

    Returns:
        The folder, as an absolute path.

    Raises:
        NluError: the folder holds what is no repository, or an extra file may not stand in one.
    """
    folder = Path(folder).expanduser().resolve()
    check_replaceable(folder)
    model = model.as_saved(packed=packed)
    facts = _complete(facts, folder, model, tokenizer, metrics, learning_curve, packed)
    with staged(folder) as build:
        build.mkdir()
        _fill(build, model, tokenizer, facts, recipe, packed)
        _copy_extra(build, extra_files)
    return folder


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
    """Push a repository folder to the hub as one commit; the repository is made where it is missing.

    Only files that belong to a checkpoint are pushed, whatever else lies in the folder. What an earlier push left and
    this one has no more (metrics, exported weights) goes in the same commit.

    Args:
        folder: the repository.
        repo_id: `owner/name`, or a name of your own.
        private: whether a new repository is private; `None` is the owner's default.
        revision: the branch to commit to, made where it is missing; by default the main one.
        tag: a name for the commit.
        create_pr: open a pull request instead of committing.
        commit_message: first line of the commit.
        token: of the hub; by default the one that was logged in with.
        dry_run: only say what would change.

    Raises:
        NluError: the folder is incomplete, or as `push_files`.
    """
    folder = Path(folder).expanduser()
    files = {name: folder / name for name in check_complete(folder)}
    check_code(folder)
    repo_id = full_name(repo_id, token=token)
    with TemporaryDirectory(prefix="bilstm-nlu-card-") as desk:
        files |= _renamed_card(folder, repo_id, Path(desk))
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


def _renamed_card(folder: Path, repo_id: str, desk: Path) -> dict[str, Path]:
    """The card under the name of the repository, which its examples open; one that somebody has edited stays as it is.

    Returns:
        Name -> file.
    """
    facts = read_facts(folder / FACTS_FILE)
    if facts is None or (folder / "README.md").read_text(encoding="utf-8") != render_card(facts):
        return {}
    facts = replace(facts, model_name=repo_id)
    (desk / "README.md").write_text(render_card(facts), encoding="utf-8")
    write_facts(desk / FACTS_FILE, facts)
    return {path.name: path for path in desk.iterdir()}


def publish(
    folder: str | Path,
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    facts: CardFacts | None = None,
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
    """Write a repository, check it in a process without this package, move it into place, and push it if asked to.

    Args:
        folder: as for `write_repository`, like `model`, `facts`, `metrics`, `learning_curve`, `recipe` and
            `extra_files`.
        model: the model.
        tokenizer: its tokenizer.
        facts: for the card.
        repo_id: where to push to; `None` does not push.
        texts: utterances to check with; by default the examples of the card and a few others.
        verify: whether to check; it takes some seconds.
        dry_run: write into a temporary folder and check it, but leave `folder` and the hub alone.
        metrics: for `metrics.json` and the card.
        learning_curve: for `learning_curve.json` and the card.
        recipe: for `recipe.yaml`.
        extra_files: more files to copy in.
        packed: save the weights in less than half the space.
        push: further arguments of `push_repository`, checked whether or not there is a push.

    Raises:
        TypeError: an argument that `push_repository` does not take.
        NluError: as `write_repository`, `verify_repository` and `push_repository`; the old folder stays unless the new
            one is complete and, with `verify`, works.
    """
    if unknown := sorted(push.keys() - _PUSH_OPTIONS):
        raise TypeError(f"publish() takes no {', '.join(unknown)}; of a push: {', '.join(sorted(_PUSH_OPTIONS))}")
    folder = Path(folder).expanduser().resolve()
    check_replaceable(folder)
    model = model.as_saved(packed=packed)
    facts = _complete(facts, folder, model, tokenizer, metrics, learning_curve, packed)
    texts = list(texts) or texts_to_check(facts)
    try:
        with staged(folder) as build:
            build.mkdir()
            _fill(build, model, tokenizer, facts, recipe, packed)
            _copy_extra(build, extra_files)
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


def texts_to_check(facts: CardFacts | None) -> list[str]:
    """The examples of a card and a few other texts, to compare answers on."""
    examples = () if facts is None else facts.examples
    return [*dict.fromkeys([*(frame["text"] for frame in examples), *_TEXTS])]


_PUSH_OPTIONS = inspect.signature(push_repository).parameters.keys() - {"folder", "repo_id", "dry_run"}


class _DryRun(Exception):
    """Leaves the staging area without putting it into place."""


def _complete(
    facts: CardFacts | None,
    folder: Path,
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    metrics: Mapping[str, Mapping[str, float]] | None,
    learning_curve: Sequence[Mapping[str, float]] | None,
    packed: bool,
) -> CardFacts:
    """Facts with the metrics and the curve that were given, so that card and JSON never differ."""
    facts = (facts or CardFacts.from_model(folder.name, model, tokenizer, packed=packed)).as_packed(model, packed)
    if metrics is not None:
        facts = replace(facts, metrics=metrics)
    return facts if learning_curve is None else replace(facts, learning_curve=learning_curve)


def _fill(
    build: Path,
    model: BiLstmNluForIntentAndSlots,
    tokenizer: PreTrainedTokenizerFast,
    facts: CardFacts,
    recipe: object,
    packed: bool,
) -> None:
    try:
        model.save_pretrained(build, packed=packed)
    except SafetensorError as error:
        if match := _OS_ERROR.search(str(error)):  # a full disk, say
            number = int(match[1])
            raise OSError(number, os.strerror(number), str(build / "model.safetensors")) from error
        raise
    shutil.copymode(build / "config.json", build / "model.safetensors")  # weights are written for their owner alone
    tokenizer.backend_tokenizer.no_padding()  # or the file would tell how the tokenizer was called last
    tokenizer.backend_tokenizer.no_truncation()
    for name in _LOADED_FROM:
        tokenizer.init_kwargs.pop(name, None)
    tokenizer.save_pretrained(build)
    hashes = {path.name: sha256_of(path) for path in sorted(build.glob("*.py"))}
    facts = replace(facts, code_hashes=hashes, has_picture=draw_curve(facts.learning_curve, build))
    (build / "README.md").write_text(render_card(facts), encoding="utf-8")
    write_facts(build / FACTS_FILE, facts)
    if facts.metrics:
        write_json(build / "metrics.json", facts.metrics)
    if facts.learning_curve:
        write_json(build / "learning_curve.json", list(facts.learning_curve))
    if recipe is not None:
        values = asdict(recipe) if is_dataclass(recipe) and not isinstance(recipe, type) else recipe
        plain = json.loads(json.dumps(values, default=str))  # tuples and paths as YAML has them
        text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
        (build / "recipe.yaml").write_text(text, encoding="utf-8")
    if foreign := sorted(path.name for path in build.iterdir() if not is_allowed(path.name)):
        raise NluError(f"saving the model wrote {', '.join(foreign)}, which no repository may hold")


def _copy_extra(build: Path, extra_files: Iterable[str | Path]) -> None:
    taken = set(allowed_files(build))
    for source in map(Path, extra_files):
        if not source.is_file():
            raise NluError(f"no file {str(source)!r} to publish")
        if not is_allowed(source.name) or source.name.endswith((".py", ".safetensors")):
            raise NluError(f"a file of the kind of {source.name!r} may not stand in a repository; leave it out")
        if source.name in taken:
            raise NluError(f"the repository writes its own {source.name!r}; rename the extra file")
        shutil.copyfile(source, build / source.name)
        taken.add(source.name)
