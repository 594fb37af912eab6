"""Choose what computes the network: the kernel if it is installed, or else NumPy."""

import importlib
import logging
from typing import Any

from ..errors import NluError
from .checkpoint import Checkpoint
from .kernel_net import KernelNet
from .native import KEPT, load_kernel

__all__ = ["ENGINES", "make_net"]

logger = logging.getLogger(__name__)

ENGINES = ("kernel", "numpy")


def make_net(checkpoint: Checkpoint, *, weights: str = "float16", engine: str | None = None) -> Any:
    """Make the network of a checkpoint.

    Args:
        checkpoint: the checkpoint.
        weights: how the kernel keeps matrices, a key of `KEPT`; NumPy always computes with `float32`.
        engine: one of `ENGINES`; by default, the kernel if it is installed, or else NumPy, with a line in the log.

    Raises:
        NluError: the engine is not installed, or a weight is not finite.
        ValueError: `weights` or `engine` is unknown.
    """
    if weights not in KEPT:
        raise ValueError(f"weights must be one of {', '.join(KEPT)}, got {weights!r:.80}")
    if engine is not None and engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, got {engine!r:.80}")
    kernel = None if engine == "numpy" else load_kernel()
    if kernel is not None and kernel.instructions():
        return KernelNet(checkpoint, kernel, weights=weights)
    if engine == "kernel":
        raise NluError("the kernel is not installed; install the package again on a machine with a C compiler")
    if engine is None:
        logger.info("the kernel is not installed, so NumPy computes the network, slower")
    try:
        return importlib.import_module("bilstm_nlu.runtime.numpy_net").NumpyNet(checkpoint)
    except ModuleNotFoundError as error:
        raise NluError(
            "neither the kernel nor NumPy is installed; run pip install numpy, or install the package again on a "
            "machine with a C compiler"
        ) from error
