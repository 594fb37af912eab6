"""`bilstm-nlu serve`: answer texts with frames over HTTP."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from ..errors import NluError
from .console import echo, prepare, with_one_line_errors
from .sizes import num_bytes

__all__ = ["serve"]

#: Checkpoint of the package that the page has before a first model is trained.
_FIRST_MODEL = "bilstm-nlu-generic-en"


@with_one_line_errors
def serve(
    model: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL ...]",
            help="Folder, packed file, or hub id of a checkpoint, also OWNER/NAME@REV; NAME=MODEL gives it a name.",
            show_default=False,
        ),
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder of models: each checkpoint and packed file in it is one; NAME@REV is a revision of NAME.",
        ),
    ] = None,
    hub: Annotated[
        str | None,
        typer.Option(metavar="OWNER", help="Serve all models of an owner on a hub, downloaded on first use."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = 8124,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 means all addresses of this machine.")
    ] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that answer.")] = 1,
    default: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Model that answers Rasa's requests at the root.", show_default="the only one"
        ),
    ] = None,
    memory: Annotated[
        str, typer.Option(help="Memory that models may take; the one not used for longest makes room.")
    ] = "2G",
    weights: Annotated[
        str, typer.Option(help="float16, or int8: half the memory, and a few frames in a thousand differ.")
    ] = "float16",
    canary: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME@REV=SHARE", help="Revision that gets a share of the requests. Repeatable."),
    ] = None,
    poll: Annotated[
        float, typer.Option(min=0, help="Seconds between two looks for new revisions; 0 does not look.")
    ] = 5.0,
    token: Annotated[
        list[str] | None,
        typer.Option(metavar="TOKEN", help="NAME:read:SECRET or NAME:admin:SECRET. Repeatable."),
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="File with one token per line.")] = None,
    max_body: Annotated[
        str | None, typer.Option(help="Largest body of a request.", show_default="1M, with --train 16M")
    ] = None,
    max_text: Annotated[int, typer.Option(min=1, help="Most characters of a text.")] = 4096,
    max_texts: Annotated[int, typer.Option(min=1, help="Most texts in a batch.")] = 256,
    queue: Annotated[int, typer.Option(min=1, help="Requests that may wait; more get the status 429.")] = 128,
    log_texts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what users said and what was understood, one JSON object per line."),
    ] = None,
    train: Annotated[
        bool,
        typer.Option("--train", help="Let people train models on the page. Needs the extra train, too."),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log one line per request, without its text.")] = False,
) -> None:
    """Serve models over HTTP: bilstm-nlu serve runs/tea_shop, then POST /v1/models/tea_shop/parse.

    Without tokens, every user of this machine may ask, and the server listens on this machine only. Its first page is
    for people: they type a text and see what a model finds. GET /docs shows all requests. Rasa's POST /model/parse
    works, too.
    """
    prepare(computes=False)
    from ..runtime.native import KEPT
    from ..serving.models import (
        JsonLines,
        Limits,
        ServerSettings,
        TrainingLimits,
        parse_canary,
        parse_token,
    )
    from ..serving.models import serve as run_server
    from ..serving.secret_texts import given_tokens

    if weights not in KEPT:
        raise NluError(f"--weights {weights!r}: give one of {', '.join(KEPT)}")
    form = "write NAME:read:SECRET or NAME:admin:SECRET"
    tokens = given_tokens(token or (), token_file, parse_token, cure=form)
    if train and not model and models is None and hub is None:
        model = [_FIRST_MODEL]
    max_body = max_body or ("16M" if train else "1M")
    settings = ServerSettings(
        models=tuple(model or ()),
        folder=models,
        hub=hub,
        canaries=tuple(parse_canary(text) for text in canary or ()),
        default=default,
        memory=num_bytes(memory),
        weights=weights,
        interval=poll,
        tokens=tuple(tokens),
        limits=Limits(body=num_bytes(max_body), text=max_text, texts=max_texts, queue=queue),
        log_texts=log_texts,
        shows_requests=verbose,
        trainings=TrainingLimits() if train else None,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("bilstm_nlu.serving.models")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)

    def show(url: str) -> None:
        echo(f"serving at {url}; open it in a browser to try the models")
        echo(f"{url}/docs shows all requests; stop it with Ctrl-C")

    run_server(settings, host=host, port=port, workers=workers, on_start=show)
    echo("stopped")
