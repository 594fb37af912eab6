"""One run with all that people see of it; shared by the command and the scripts."""

import json
import shlex
from typing import TYPE_CHECKING, Any

from .console import INTERRUPTED, echo, fail, print_scores
from .latest import remember_model
from .lazy import lazy_module

if TYPE_CHECKING:
    from ..data.domains import Domain
    from ..training import progress, recipes, runs, unfinished
    from ..training.recipes import Recipe
else:
    progress = lazy_module("training.progress")
    recipes = lazy_module("training.recipes")
    runs = lazy_module("training.runs")
    unfinished = lazy_module("training.unfinished")

__all__ = ["announce", "as_overrides", "run_recipe"]


def as_overrides(**values: object) -> list[str]:
    """Arguments of a command line as overrides of a recipe; `data__source` stands for `data.source`."""
    return [
        f"{name.replace('__', '.')}={json.dumps(str(value))}" for name, value in values.items() if value is not None
    ]


def announce(domain: "Domain", base: str | None) -> None:
    """Say what is trained on, what was left out of it, and what the start is."""
    counts = ", ".join(f"{len(domain.splits[split]):,} {split}" for split in domain.splits)
    spec = domain.spec
    echo(f"{domain.name}: {counts} utterances; {len(spec.intents)} intents, {len(spec.slot_types)} slot types")
    for reason, count in domain.dropped.items():
        echo(f"  {count:,} {reason}")
    if base is None:
        echo("starting from random weights; --base CHECKPOINT starts from a pretrained model and needs less data")
    else:
        echo(f"starting from {base}")


def run_recipe(recipe: "Recipe", domain: "Domain", *, restart: bool = False, quiet: bool = False) -> None:
    """Train as a recipe says, and print the scores, where the model lies and what to type next."""
    bar = progress.ProgressBar("training", is_quiet=quiet)
    state = unfinished.UnfinishedRun(recipe.output_dir)
    options: dict[str, Any] = {"domain": domain, "resume": not restart, "callbacks": [bar]}
    if (step := state.step) and not restart:
        state.check_same(recipe, domain)
        echo(f"going on from step {step:,} of an interrupted run (--restart begins anew)")
    try:
        if isinstance(recipe, recipes.TrainRecipe):
            result = runs.pretrain(recipe, **options)
        else:
            result = runs.finetune(recipe, **options)
    except KeyboardInterrupt:
        bar.close()
        saved = f"the same command goes on from step {state.step:,}" if state.step else "nothing was saved yet"
        fail(f"stopped; {saved}", INTERRUPTED)
    finally:
        bar.close()
    remember_model(result.folder)
    best = f", best at step {result.best_step:,}" if result.best_step != result.steps else ""
    echo()
    echo(f"{result.split}: {result.num_utterances[result.split]:,} utterances")
    print_scores(result.scores, ("intent_accuracy", "slot_f1", "frame_accuracy"))
    echo()
    echo(f"trained {result.steps:,} steps in {result.seconds:.0f} s{best}; {result.num_parameters:,} parameters")
    echo(f"model in {recipe.output_dir}")
    echo(f"next: bilstm-nlu parse {shlex.quote(_example(domain, result.split))}")


def _example(domain: "Domain", split: str) -> str:
    """An utterance with a slot, where there is one."""
    utterances = domain.utterances(split)
    return next((utterance.text for utterance in utterances if utterance.spans), utterances[0].text)
