"""A page to try checkpoints: type an utterance, see its intent with scores and its slots in the text."""

import logging
import os
from typing import Any

import gradio as gr
import torch
from answers import MAX_CHARACTERS, Answer, answer, colours_of, describe_labels
from checkpoints import Checkpoint, open_checkpoint, read_checkpoints

logger = logging.getLogger(__name__)

_INTRODUCTION = """
# Intents and slots

Type what a user may say to an assistant. The network finds the **intent**, with its scores, and highlights the
**slots**: the parts of the text that the assistant needs to act.
"""
_STYLE = """
#slots .textfield { font-size: 1.15em; line-height: 2; }
#slots .token.highlighted { color: var(--body-text-color) !important; }
#slots .label { text-transform: none; }
.labels { line-height: 2; }
.labels span {
    padding: 2px 8px; border-radius: 6px; overflow-wrap: anywhere; font-family: monospace; font-size: 0.9em;
    background: color-mix(in srgb, var(--chip) 18%, transparent);
}
#speed { opacity: 0.75; font-size: 0.9em; }
"""
#: Fonts that every browser has, so that the page loads nothing from other servers.
_FONTS = {"font": ["system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}


def build(checkpoints: dict[str, Checkpoint]) -> gr.Blocks:
    """Build the page.

    Args:
        checkpoints: the checkpoints to choose from, by the name that visitors see. The first is selected at the start
            and opened here; the others are opened when they are chosen.
    """
    names = list(checkpoints)
    first = checkpoints[names[0]]
    all_examples = {example for checkpoint in checkpoints.values() for example in checkpoint.examples}

    def parse(checkpoint: str, text: str) -> dict:
        """Parse an utterance: its intent, the best five intents with their scores, and its slots.

        Args:
            checkpoint: name of a checkpoint in the list.
            text: the utterance.
        """
        return _answer(checkpoints.get(checkpoint), text)[0].frame

    def show(name: str, text: str) -> tuple:
        """What the page shows for an utterance: scores, text with slots, table, frame, time."""
        found, config = _answer(checkpoints.get(name), text)
        pieces = gr.HighlightedText(found.pieces, color_map=colours_of(config.slot_types))
        rows = gr.Dataframe(found.rows, visible=bool(found.rows))
        speed = f"Parsed in {1000 * found.seconds:.1f} ms on one CPU core." if found.scores else "No words, no intent."
        return found.scores or None, pieces, rows, found.frame, speed

    def choose(name: str, text: str) -> tuple:
        """Labels and examples of another checkpoint; an utterance that the visitor typed is kept."""
        checkpoint = checkpoints[name]
        examples = [[example] for example in checkpoint.examples]
        if not text.strip() or text in all_examples:
            text = next(iter(checkpoint.examples), "")
        return text, _describe(checkpoint), gr.Dataset(samples=examples, visible=bool(examples))

    with gr.Blocks(title="Intents and slots", analytics_enabled=False) as page:
        gr.Markdown(_INTRODUCTION)
        with gr.Row():
            with gr.Column(scale=3):
                chosen = gr.Dropdown(names, value=names[0], label="Checkpoint", elem_id="checkpoint")
                text = gr.Textbox(
                    next(iter(first.examples), ""),
                    label="Utterance",
                    placeholder="Type, and press Enter",
                    max_length=MAX_CHARACTERS,
                    elem_id="utterance",
                )
                button = gr.Button("Parse", variant="primary", elem_id="parse")
                examples = gr.Dataset(
                    components=[text],
                    samples=[[example] for example in first.examples],
                    label="For example",
                    visible=bool(first.examples),
                    elem_id="examples",
                )
            with gr.Column(scale=2):
                scores = gr.Label(label="Intent", num_top_classes=5, elem_id="intent")
        pieces = gr.HighlightedText(label="Slots in the text", elem_id="slots")
        rows = gr.Dataframe(
            headers=["slot type", "value", "at", "means"],
            datatype="str",
            interactive=False,
            visible=False,
            wrap=True,
            buttons=[],
            elem_id="table",
        )
        speed = gr.Markdown(elem_id="speed")
        with gr.Accordion("What this checkpoint knows", open=False):
            labels = gr.HTML(_describe(first), elem_id="labels")
        with gr.Accordion("The frame as JSON", open=False):
            frame = gr.JSON(show_label=False, open=True, max_height=800, elem_id="frame")

        one_at_a_time: dict[str, Any] = {"concurrency_id": "network", "concurrency_limit": 1}
        hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        shown: dict[str, Any] = {
            "fn": show, "inputs": [chosen, text], "outputs": [scores, pieces, rows, frame, speed]
        } | one_at_a_time | hidden  # fmt: skip
        gr.on([page.load, text.submit, button.click], **shown)
        examples.click(lambda row: row[0], examples, text, **hidden).then(**shown)
        chosen.input(choose, [chosen, text], [text, labels, examples], **one_at_a_time, **hidden).then(**shown)
        gr.api(parse, api_name="parse", **one_at_a_time)
    return page


def _answer(checkpoint: Checkpoint | None, text: str) -> tuple[Answer, Any]:
    """The answer and the configuration of the checkpoint. Errors that the visitor can fix are messages on the page."""
    if checkpoint is None:
        raise gr.Error("Choose a checkpoint from the list.", print_exception=False)
    nlu = _open(checkpoint)
    try:
        return answer(nlu, text), nlu.model.config
    except ValueError as error:
        raise gr.Error(str(error), duration=5, print_exception=False) from error


def _describe(checkpoint: Checkpoint) -> str:
    config = _open(checkpoint).model.config
    return describe_labels(config.intents, config.slot_types)


def _open(checkpoint: Checkpoint) -> Any:
    try:
        return open_checkpoint(checkpoint)
    except Exception as error:  # a repository can raise anything: the log gets the error, the visitor a sentence
        logger.exception("%s cannot be opened", checkpoint.name)
        raise gr.Error("This checkpoint cannot be opened now.", print_exception=False) from error


def main() -> None:
    """Open the first checkpoint and serve the page, at port 7860 or the port in GRADIO_SERVER_PORT."""
    torch.set_num_threads(1)  # the network is small; several threads would only wait for each other
    page = build(read_checkpoints(os.environ)).queue(max_size=64)
    page.launch(theme=gr.themes.Soft(**_FONTS), css=_STYLE, footer_links=["api"], ssr_mode=False)


if __name__ == "__main__":
    main()
