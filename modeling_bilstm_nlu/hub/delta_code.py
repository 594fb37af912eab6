"""The code in the repository of a delta, which has no network of its own."""

__all__ = ["DELTA_CODE", "STUB"]

#: The only code in a delta. It opens the delta with this package, or says what to do.
DELTA_CODE = "delta_bilstm_nlu.py"
STUB = '''"""This checkpoint is a delta: its difference from another one is stored. The package bilstm-nlu opens it."""

try:
    from modeling_bilstm_nlu import (
        BiLstmNluConfig,
        BiLstmNluForIntentAndSlots,
        BiLstmNluForSequenceClassification,
        BiLstmNluPipeline,
    )
except ImportError:

    class BiLstmNluConfig:
        """Says how to open the checkpoint."""

        @classmethod
        def register_for_auto_class(cls, auto_class=None):
            """Transformers calls it first."""

        @classmethod
        def from_pretrained(cls, name, *args, **kwargs):
            raise ImportError(
                f"{str(name)!r} is a delta, which trust_remote_code alone cannot open; "
                "run pip install bilstm-nlu and then import modeling_bilstm_nlu, "
                "or make a whole checkpoint of it: bilstm-nlu pull OWNER/NAME --out FOLDER"
            )

    BiLstmNluForIntentAndSlots = BiLstmNluForSequenceClassification = BiLstmNluPipeline = BiLstmNluConfig
'''
