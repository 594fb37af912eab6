"""A small sentence encoder as a joint model under ONNX Runtime: what people take if they want it fast.

It has a head for intents and one for slot tags on the encoder, with random weights: the time does not depend on them.
The answer is the best intent and the best tag of each token, without a CRF, spans or resolved values.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from transformers import AutoModel

__all__ = ["EncoderSession", "export_encoder", "open_session"]

_OPSET = 17


class _JointEncoder(torch.nn.Module):
    def __init__(self, folder: Path, num_intents: int, num_tags: int, num_layers: int | None):
        super().__init__()
        self.encoder = AutoModel.from_pretrained(folder, attn_implementation="eager")
        self.encoder.encoder.layer = self.encoder.encoder.layer[:num_layers]
        self.intent_head = torch.nn.Linear(self.encoder.config.hidden_size, num_intents)
        self.slot_head = torch.nn.Linear(self.encoder.config.hidden_size, num_tags)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask, return_dict=False)[0]
        return self.intent_head(states[:, 0]), self.slot_head(states)


def export_encoder(
    folder: Path, out: Path, *, num_intents: int, num_tags: int, num_layers: int | None = None
) -> dict[str, Path]:
    """Write an encoder with two heads as ONNX, in single precision and quantised to int8.

    Args:
        folder: folder of the encoder, as transformers saves it.
        out: folder for the files.
        num_intents: outputs of the intent head.
        num_tags: outputs of the slot head.
        num_layers: number of layers that are kept; all by default.

    Returns:
        The files of `fp32` and `int8`.
    """
    model = _JointEncoder(folder, num_intents, num_tags, num_layers).eval()
    ids = torch.ones(2, 9, dtype=torch.long)
    files = {name: out / f"encoder_{num_layers or 'all'}_{name}.onnx" for name in ("fp32", "int8")}
    names = ["input_ids", "attention_mask"]
    axes = {name: {0: "batch", 1: "tokens"} for name in names}
    torch.onnx.export(
        model,
        (ids, ids),
        files["fp32"],
        input_names=names,
        output_names=["intents", "tags"],
        dynamic_axes=axes,
        opset_version=_OPSET,
        dynamo=False,
    )
    quantize_dynamic(files["fp32"], files["int8"], weight_type=QuantType.QInt8)
    return files


def open_session(file: Path) -> Any:
    """Open an ONNX file to compute it with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


class EncoderSession:
    """An exported encoder, ready to parse texts with one thread.

    Args:
        file: the ONNX file.
        tokenizer: the `tokenizer.json` of the encoder.
    """

    def __init__(self, file: Path, tokenizer: Path):
        self._session = open_session(file)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(512)

    def parse(self, text: str) -> tuple[int, list[int]]:
        """The intent and the tags of a text."""
        return self([text])[0]

    def __call__(self, texts: Sequence[str]) -> list[tuple[int, list[int]]]:
        """The intent and the tags of each text, as numbers."""
        encoded = [self._tokenizer.encode(text).ids for text in texts]
        width = max(map(len, encoded))
        ids, mask = np.zeros((2, len(texts), width), np.int64)
        for row, one in enumerate(encoded):
            ids[row, : len(one)], mask[row, : len(one)] = one, 1
        found: Any = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        intents, tags = found[0].argmax(-1).tolist(), found[1].argmax(-1).tolist()
        return [(intent, row[: len(one)]) for intent, row, one in zip(intents, tags, encoded, strict=True)]
