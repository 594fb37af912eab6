"""How fast the runtime is, next to an encoder under ONNX Runtime and to the limits of the machine."""

__all__: list[str] = []
