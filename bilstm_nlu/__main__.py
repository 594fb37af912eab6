"""`python -m bilstm_nlu`, the same as the command `bilstm-nlu`."""

from .cli.main import app

if __name__ == "__main__":
    app(prog_name="bilstm-nlu")
