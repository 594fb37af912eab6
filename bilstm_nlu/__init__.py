"""The light part of bilstm-nlu: the command, and the code it shares with the network. Importing it loads no torch."""

__version__ = "0.1.0"

__all__ = ["__version__"]
