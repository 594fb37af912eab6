"""A client in a process of its own that compares the server's answers with those of the runtime itself.

`python -m research.serving.checking URL MODELS TEXTS PAUSE WEIGHTS` asks until its standard input is closed, and then
prints what it saw as JSON. MODELS is a JSON object, revision -> folder; TEXTS a JSON list.
"""

import json
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bilstm_nlu.runtime.delta_file import is_delta
from bilstm_nlu.runtime.nlu import load

__all__ = ["Direct", "checked"]


class Direct:
    """What the runtime itself says.

    Args:
        folder: of the checkpoint.
        weights: how matrices are kept; those of deltas are kept as the server keeps them.
    """

    def __init__(self, folder: Path, weights: str = "float16") -> None:
        kept = "shared" if is_delta(folder) and weights == "float16" else weights
        self._nlu, self._known = load(folder, weights=kept), dict[str, Any]()

    def is_right(self, text: str, frame: Any) -> bool:
        """Whether a frame is that of the runtime: what it said before, or what it says now ("in five minutes")."""
        if text not in self._known or frame != self._known[text]:
            self._known[text] = self._nlu(text)
        return frame == self._known[text]


def _main(url: str, models: Mapping[str, str], texts: Sequence[str], pause: float, weights: str) -> dict[str, Any]:
    direct = {revision: Direct(Path(folder), weights) for revision, folder in models.items()}
    for one in direct.values():
        for text in texts:
            one.is_right(text, None)
    statuses: Counter[str] = Counter()
    wrong, place, times = 0, 0, []
    print("ready", flush=True)
    with httpx.Client(timeout=60) as client:
        while not select.select([sys.stdin], [], [], pause)[0]:
            text = texts[place % len(texts)]
            place += 1
            started = time.perf_counter()
            try:
                answer = client.post(url, json={"text": text})
            except httpx.HTTPError as error:
                statuses[type(error).__name__] += 1
                continue
            times.append(1000 * (time.perf_counter() - started))
            statuses[str(answer.status_code)] += 1
            if answer.status_code == 200:
                found = answer.json()
                key = found["revision"] if found["revision"] in models else "any"
                wrong += key not in direct or not direct[key].is_right(text, found["frame"])
    times.sort()
    return {
        "num_answers": sum(statuses.values()),
        "wrong": wrong,
        "statuses": dict(statuses),
        "p50": times[len(times) // 2] if times else 0.0,
        "p99": times[int(0.99 * len(times))] if times else 0.0,
    }


@contextmanager
def checked(
    url: str, models: Mapping[str, Path], texts: Sequence[str], *, pause: float = 0.002, weights: str = "float16"
) -> Iterator[dict[str, Any]]:
    """Compare answers while the block runs.

    Args:
        url: of the requests.
        models: revision -> folder of its checkpoint; `any` for a revision that is not named.
        texts: the texts.
        pause: seconds between an answer and the next request.
        weights: how the server keeps matrices.

    Yields:
        A dict that has the counts after the block.
    """
    arguments = [
        url,
        json.dumps({key: str(path) for key, path in models.items()}),
        json.dumps(list(texts)),
        str(pause),
        weights,
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", __spec__.name, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    if process.stdout.readline().strip() != "ready":
        raise RuntimeError("the client that compares answers did not start")
    found: dict[str, Any] = {}
    yield found
    output, _ = process.communicate("")
    found.update(json.loads(output))


if __name__ == "__main__":
    print(
        json.dumps(
            _main(sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
        )
    )
