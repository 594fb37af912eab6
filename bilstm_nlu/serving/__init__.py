"""Servers, each a module of its own that needs what `pip install "bilstm-nlu[server]"` brings."""
