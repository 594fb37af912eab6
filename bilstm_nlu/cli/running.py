"""One training run with everything that it prints; shared by the command and the scripts."""

from typing import TYPE_CHECKING, Any

from ..errors import RecipeError
from .console import INTERRUPTED, echo, fail, print_json
from .last_model import remember_model
from .sources import show_domain
from .training_story import tell, told_as_json

if TYPE_CHECKING:
    from modeling_bilstm_nlu.data.domains import Domain
    from modeling_bilstm_nlu.training.recipes import Recipe

__all__ = ["announce", "run_recipe"]


def announce(domain: "Domain", base: str | None) -> None:
    """Print what is trained on, what was left out of it, and what training starts from."""
    show_domain(domain)
    if base is None:
        echo("starting from random weights; --base CHECKPOINT starts from a pretrained model and needs less data")
    else:
        echo(f"starting from {base}")


def run_recipe(
    recipe: "Recipe", domain: "Domain", *, restart: bool = False, quiet: bool = False, as_json: bool = False
) -> None:
    """Train as a recipe says, and tell what was done, how good the model is, and the next command."""
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
    if as_json:
        print_json(told_as_json(result, domain, recipe.output_dir))
    else:
        tell(result, domain, recipe.output_dir)
