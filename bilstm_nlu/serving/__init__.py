"""Servers. Each is a module of its own and needs the libraries of `pip install "bilstm-nlu[server]"`."""
