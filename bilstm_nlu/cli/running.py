"""One training run with everything that it prints; shared by the command and the scripts."""

import shlex
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError
from .console import INTERRUPTED, echo, fail
from .last_model import remember_model
from .score_lines import print_scores
from .sources import show_domain

if TYPE_CHECKING:
    from modeling_bilstm_nlu.data.domains import Domain
    from modeling_bilstm_nlu.training.recipes import Recipe

__all__ = ["announce", "run_recipe"]

#: With fewer test utterances, one answer more or less changes a score by more than 3 points.
_FEW = 30


def announce(domain: "Domain", base: str | None) -> None:
    """Print what is trained on, what was left out of it, and what training starts from."""
    show_domain(domain)
    if base is None:
        echo("starting from random weights; --base CHECKPOINT starts from a pretrained model and needs less data")
    else:
        echo(f"starting from {base}")


def run_recipe(recipe: "Recipe", domain: "Domain", *, restart: bool = False, quiet: bool = False) -> None:
    """Train as a recipe says, and print the scores, the folder of the model and the next command."""
    from modeling_bilstm_nlu.training.progress import ProgressBar
    from modeling_bilstm_nlu.training.resumable import ResumableRun
    from modeling_bilstm_nlu.training.runs import run

    bar = ProgressBar("training", is_quiet=quiet)
    state = ResumableRun(recipe.output_dir)
    options: dict[str, Any] = {"domain": domain, "resume": not restart, "callbacks": [bar]}
    with state.locked():
        if step := 0 if restart else state.step:
            state.check_same(recipe, domain)
    if step:
        echo(f"continuing from step {step:,} of an interrupted run (--restart starts from the beginning)")
    try:
        result = run(recipe, **options)
    except KeyboardInterrupt:
        bar.close()
        saved = f"the same command continues from step {state.step:,}" if state.step else "nothing was saved yet"
        fail(f"stopped; {saved}", INTERRUPTED)
    except ImportError as error:
        raise RecipeError(f"a setting in [training] needs a package that is not installed: {error}") from error
    finally:
        bar.close()
    remember_model(result.folder)
    best = f", best at step {result.best_step:,}" if result.best_step != result.steps else ""
    echo()
    echo(f"{result.split}: {result.num_utterances[result.split]:,} utterances")
    print_scores(result.scores, ("intent_accuracy", "slot_f1", "frame_accuracy"))
    if "threshold" in result.scores:
        lost, least = result.scores["num_wrongly_rejected"], result.scores["threshold"]
        echo(
            f"refuses what is not meant for it, and {lost:,.0f} of these utterances by mistake; threshold {least:.2f}"
        )
    if result.num_utterances[result.split] < _FEW:
        echo("these are few utterances, so the scores may be far off; `bilstm-nlu eval DATA` scores on other data")
    for note in result.score_notes:
        echo(note)
    if result.last_fit_steps:
        echo("then the last fit trained it on all splits, so the scores are from before")
    echo()
    echo(f"trained {result.steps:,} steps in {result.seconds:.0f} s{best}; {result.num_parameters:,} parameters")
    echo(f"model in {recipe.output_dir}")
    if result.example is not None:
        echo(f"next: bilstm-nlu parse {shlex.quote(result.example)}")
