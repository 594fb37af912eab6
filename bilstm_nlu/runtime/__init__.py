"""The light runtime: it opens a checkpoint and parses texts into frames with the standard library alone.

A kernel in C computes the network. Where the package was installed without a compiler, NumPy computes the same frames,
slower. Neither needs torch or transformers.
"""

__all__: list[str] = []
