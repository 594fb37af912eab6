"""Compare the runtime with an encoder under ONNX Runtime: time of one text, throughput, and cold start."""

import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, cast

from bilstm_nlu.runtime.kernel_net import KernelNet
from bilstm_nlu.runtime.nlu import Nlu, load
from modeling_bilstm_nlu.hub.load import load_checkpoint
from modeling_bilstm_nlu.hub.onnx_file import export_onnx, onnx_inputs

from .minilm import EncoderSession, export_encoder, open_session
from .timing import compare_latency, compare_throughput, machine, product_rates

__all__ = ["cold_starts", "measure_latency"]

_SIZES = (1, 8, 16, 32, 64)

_COLD = """if True:
    import sys, resource
    import bilstm_nlu
    frame = bilstm_nlu.load(sys.argv[1], weights=sys.argv[2])(sys.argv[3], normalise=None)
    used = resource.getrusage(resource.RUSAGE_SELF)
    (most,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(used.ru_utime + used.ru_stime, most)  # ru_maxrss would be that of the process that started this one
"""


def measure_latency(
    checkpoint: Path,
    encoder: Path,
    texts: Sequence[str],
    work: Path,
    *,
    rounds: int = 9,
    rivals: Mapping[str, Callable[[str], Any]] | None = None,
) -> dict[str, Any]:
    """Time the runtime and the encoder in turn.

    Args:
        checkpoint: folder of a fine-tuned skill.
        encoder: folder of the encoder, with its `tokenizer.json`.
        texts: utterances of the skill that it was not trained on.
        work: folder for the exported encoder.
        rounds: how often each contender parses every text.
        rivals: more contenders: name -> function that parses a text.

    Returns:
        The keys `latency` and `throughput` of the results.
    """
    runtimes = {f"runtime_{weights}": load(checkpoint, weights=weights) for weights in ("int8", "float16")}
    settings = next(iter(runtimes.values())).settings
    sessions = {}
    sizes = {"num_intents": len(settings.intents), "num_tags": len(settings.slot_tags)}
    for encoder_name, num_layers in (("minilm", None), ("minilm_4_layers", 4)):
        files = export_encoder(encoder, work, **sizes, num_layers=num_layers)
        for name, file in files.items():
            sessions[f"{encoder_name}_{name}"] = EncoderSession(file, encoder / "tokenizer.json")
    one: dict[str, Callable[[str], Any]] = {
        name: partial(nlu, normalise=None, exact=False) for name, nlu in runtimes.items()
    }
    one |= {name: session.parse for name, session in sessions.items()}
    one |= rivals or {}
    one["network_onnx"] = _OnnxNetwork(checkpoint, work / "network.onnx", texts)
    many: dict[str, Callable[[list[str]], Any]] = {**sessions}
    many |= {name: partial(nlu, normalise=None, exact=False, batch_size=256) for name, nlu in runtimes.items()}
    for name, nlu in runtimes.items():
        weights = name.removeprefix("runtime_")
        one[f"net_{weights}"] = _Net(nlu)
        one[f"products_all_{weights}"] = _Products(nlu, True)
        one[f"products_computed_{weights}"] = _Products(nlu, False)
    before = machine()
    times = compare_latency(one, texts, rounds=rounds)
    speeds = compare_throughput(many, texts, sizes=_SIZES, rounds=max(3, rounds // 3))
    best = {name: max(of_sizes.values()) for name, of_sizes in speeds.items()}
    rival, ours, default = times["minilm_int8"], times["runtime_int8"], times["runtime_float16"]
    about = {"machine": before, "load_after": machine()["load"], "texts": len(texts), "rounds": rounds}
    return {
        "latency": {
            "minilm_int8_over_ours": round(rival["cpu_ms_p50"] / ours["cpu_ms_p50"], 1),
            "p99_ratio": round(rival["cpu_ms_p99"] / ours["cpu_ms_p99"], 1),
            "p99_of_texts_ratio": round(rival["cpu_ms_p99_of_texts"] / ours["cpu_ms_p99_of_texts"], 1),
            "fp16_ratio": round(rival["cpu_ms_p50"] / default["cpu_ms_p50"], 1),
            "onnx_over_fp16_net": round(times["network_onnx"]["cpu_ms_p50"] / times["net_float16"]["cpu_ms_p50"], 1),
            **product_rates(),
            "over_products": _over(times, "int8", "all"),
            "over_computed_products": _over(times, "int8", "computed"),
            "fp16_over_products": _over(times, "float16", "all"),
            "times": times,
            **about,
        },
        "throughput": {
            "ours_over_minilm_int8": round(best["runtime_int8"] / best["minilm_int8"], 1),
            "fp16_ratio": round(best["runtime_float16"] / best["minilm_int8"], 1),
            "texts_per_cpu_s": speeds,
            **about,
        },
    }


class _Net:
    """The network of a text: its words, scores and tags, without the frame."""

    def __init__(self, nlu: Nlu):
        self._run = nlu.net.run

    def __call__(self, text: str) -> Any:
        return self._run([text])


class _OnnxNetwork:
    """The network of a text under ONNX Runtime, without the hashing of the text, and without a frame."""

    def __init__(self, checkpoint: Path, path: Path, texts: Sequence[str]):
        export_onnx(checkpoint, path)
        model, _ = load_checkpoint(checkpoint)
        self._session = open_session(path)
        self._inputs = {text: onnx_inputs(model, text) for text in texts}

    def __call__(self, text: str) -> Any:
        return self._session.run(None, self._inputs[text])


class _Products:
    """The matrix products of a text, without all other work."""

    def __init__(self, nlu: Nlu, with_vectors: bool):
        self._net, self._with_vectors = cast(KernelNet, nlu.net), with_vectors
        self._by_length: dict[int, Any] = {}
        self._lengths: dict[str, int] = {}

    def __call__(self, text: str) -> Any:
        if text not in self._lengths:
            self._lengths[text] = length = len(self._net.run([text])[0].spans)
            self._by_length[length] = self._net.multiply(length, with_vectors=self._with_vectors)
        return self._by_length[self._lengths[text]]()


def _over(times: dict[str, dict[str, float]], weights: str, products: str) -> float:
    return round(times[f"net_{weights}"]["cpu_ms_p50"] / times[f"products_{products}_{weights}"]["cpu_ms_p50"], 2)


def cold_starts(checkpoint: Path, text: str, *, rounds: int = 7) -> dict[str, Any]:
    """Measure new processes: from their start to the first frame, and the command `parse`.

    Args:
        checkpoint: folder of a fine-tuned skill.
        text: the text to parse.
        rounds: number of processes of each kind; medians count.

    Returns:
        The keys `runtime` and `start` of the results.
    """
    folder = str(checkpoint.resolve())
    cold: dict[str, list[float]] = {"float16": [], "int8": []}
    memory: dict[str, list[float]] = {"float16": [], "int8": []}
    empty, parse = [], []
    for _ in range(rounds):
        for weights in cold:
            found = _run("-S", "-c", _COLD, folder, weights, text)[1].split()
            cold[weights].append(float(found[0]) * 1000)
            memory[weights].append(float(found[1]) / 1024)
        empty.append(_run("-c", "pass")[0])
        parse.append(_run("-m", "bilstm_nlu", "parse", text, "--model", folder)[0])
    return {
        "runtime": {
            "cold_ms": round(median(cold["float16"])),
            "rss_mb": round(median(memory["float16"]), 1),
            "int8_cold_ms": round(median(cold["int8"])),
            "int8_rss_mb": round(median(memory["int8"]), 1),
        },
        "start": {"parse_more_cpu_s": round(median(parse) - median(empty), 3), "empty_cpu_s": round(median(empty), 3)},
    }


def _run(*arguments: str) -> tuple[float, str]:
    """Run Python in a new process; return its CPU seconds and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True, env={"PYTHONPATH": root}
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout
