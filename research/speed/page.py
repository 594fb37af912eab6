"""The page of the benchmarks, made from the file of results."""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["benchmark_page"]

_NAMES = {
    "runtime_int8": '`bilstm_nlu.load(..., weights="int8")`',
    "runtime_float16": "`bilstm_nlu.load(...)`",
    "minilm_int8": "MiniLM-L6, int8",
    "minilm_fp32": "MiniLM-L6, fp32",
    "minilm_4_layers_int8": "its first 4 layers, int8",
    "minilm_4_layers_fp32": "its first 4 layers, fp32",
    "maxent_crf": "MaxEnt + CRF (scikit-learn, CRFsuite)",
    "spacy": "spaCy, text classifier and tagger",
    "network_onnx": "the network of ours as ONNX",
}


def benchmark_page(results: Mapping[str, Any]) -> str:
    """Return the page as Markdown.

    Args:
        results: the content of `benchmarks.json`.
    """
    latency, throughput, runtime = (results[key] for key in ("latency", "throughput", "runtime"))
    parity, scores, start = results["parity"], results["parity_scores"], results["start"]
    parts = [
        "# Benchmarks",
        "This page is made from [benchmarks.json](benchmarks.json) by `python scripts/benchmarks/page.py`. "
        "All contenders take turns in one process with one thread.",
        "## One text",
        "```\npython scripts/benchmarks/latency.py CHECKPOINT TEXTS --encoder MINILM --skill SKILL\n```",
        f"{latency['texts']} texts, each {latency['rounds']} times. {_on(latency)}",
        _latency_table(latency["times"]),
        "The encoders have two heads with random weights. The time does not depend on the weights. Only ours gives "
        "resolved values and a decision. SetFit is an encoder with a linear head, so its time is that of its encoder. "
        f"MiniLM-L6 in int8 takes {latency['minilm_int8_over_ours']} times as long as ours in int8, and "
        f"{latency['fp16_ratio']} times as long as the default; at p99 of all calls {latency['p99_ratio']} times. "
        f"The network of ours takes {latency['over_products']} times as long as its matrix products alone, in int8.",
    ]
    if "gemm_gflops" in latency:
        parts.append(
            f"The limit of this machine at that time: {latency['gemm_gflops']} GFLOP/s for matrix times matrix, and "
            f"{latency['gemv_gflops']} for matrix times vector, in NumPy and single precision."
        )
    if "onnx_over_fp16_net" in latency:
        parts.append(
            f"As ONNX, the network alone takes {latency['onnx_over_fp16_net']} times as long as in the runtime in "
            "fp16: [ONNX](../how-to/python.md#onnx) is not the fast way."
        )
    parts += [
        "## Many texts",
        "Texts per CPU second, by the number of texts in a batch:",
        _throughput_table(throughput["texts_per_cpu_s"]),
        "## Start, memory and size",
        _table(
            ("what", "value"),
            [
                ("from process start to the first frame, CPU", f"{runtime['cold_ms']} ms"),
                ("resident memory then", f"{runtime['rss_mb']} MB"),
                ("`bilstm-nlu parse` of one text, more than `python -c pass`, CPU", f"{start['parse_more_cpu_s']} s"),
                *_installed(runtime),
            ],
        ),
        "## The same frames as in torch",
        f"{parity['texts']:,} texts of {parity['models']} models:",
        _table(
            ("weights", "equal frames", "largest difference of scores"),
            [
                (name, f"{parity[name]:.2%}", f"{parity[f'{name}_largest_score_difference']:.1e}")
                for name in ("float16", "int8", "numpy")
            ],
        ),
        f"On test splits, as means over {scores['scored_models']} models with {scores['scored_texts']:,} utterances:",
        _table(
            ("computed by", "frame accuracy", "calibration error"),
            [
                (name, f"{scores[f'{name}_frame_accuracy']:.2%}", f"{scores[f'{name}_calibration_error']:.4f}")
                for name in ("torch", "float16", "int8", "numpy")
            ],
        ),
        *_training(results.get("train", {}).get("after")),
    ]
    return "\n\n".join(parts) + "\n"


def _training(measured: Mapping[str, Any] | None) -> list[str]:
    """The section about training; nothing if it was not measured."""
    if measured is None:
        return []
    median, example = measured["median_skill"], measured["example"]
    rows = [
        (stage, f"{seconds:.2f}", f"{example['median_stages'][stage]:.2f}")
        for stage, seconds in median["median_stages"].items()
    ]
    rows.append(("all", f"{median['median_cpu_s']:.2f}", f"{example['median_cpu_s']:.2f}"))
    before, after = (round(load, 1) for load in median["machine"]["load"])
    return [
        "## Training",
        "```\npython scripts/benchmarks/training.py SKILLS\n```",
        f"CPU seconds of `bilstm-nlu train`, from the start of the process to the written folder: the median of each "
        f"stage over {len(median['skills'])} skills of about the median size, and the example skill `smart_garden`. "
        f"Each is trained in a new process with one thread. Load of the machine: {before} before and {after} after.",
        _table(("stage", "median of skills, s", "example, s"), rows),
    ]


def _installed(runtime: Mapping[str, Any]) -> list[tuple[str, str]]:
    if "installed_mb" not in runtime:
        return []
    what = "installed: the command, the kernel, the hub client, the generic models, and what they need"
    return [(what, f"{runtime['installed_mb']} MB")]


def _on(measured: Mapping[str, Any]) -> str:
    machine = measured["machine"]
    return (
        f"Machine: {machine['processor']}, {machine['cores']} cores, load {machine['load']} before and "
        f"{measured['load_after']} after."
    )


def _latency_table(times: Mapping[str, Mapping[str, float]]) -> str:
    rows = []
    for name, shown in _NAMES.items():
        if (found := times.get(name)) is not None:
            keys = ("cpu_ms_p50", "cpu_ms_p99", "wall_ms_p50", "wall_ms_p99")
            rows.append((shown, *(f"{found[key]:.2f}" for key in keys)))
    return _table(("", "CPU ms, p50", "CPU ms, p99", "wall ms, p50", "wall ms, p99"), rows)


def _throughput_table(speeds: Mapping[str, Mapping[str, float]]) -> str:
    sizes = list(next(iter(speeds.values())))
    rows = [(_NAMES[name], *(f"{speeds[name][size]:,.0f}" for size in sizes)) for name in _NAMES if name in speeds]
    return _table(("", *sizes), rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
