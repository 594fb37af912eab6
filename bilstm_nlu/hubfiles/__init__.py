"""The hub files that need no torch, without a copy: `from bilstm_nlu.hubfiles.labels_bilstm_nlu import tags_to_spans`.

Hub files travel with every checkpoint, so they are in the folder of `modeling_bilstm_nlu`. Importing them from there
would run its `__init__`, which loads torch. This package finds the same files and loads them as modules of its own. So
its classes are other objects than those of `modeling_bilstm_nlu`: do not pass one to the other.

Use `calls_bilstm_nlu`, `catalogs_bilstm_nlu`, `companions_bilstm_nlu`, `exact_bilstm_nlu`, `format_bilstm_nlu`,
`forms_bilstm_nlu`, `frames_bilstm_nlu`, `hearing_bilstm_nlu`, `labels_bilstm_nlu`, `own_words_bilstm_nlu`,
`phrases_bilstm_nlu` and `resolution_bilstm_nlu`. The others load torch.
"""

from importlib.util import find_spec

__all__: list[str] = []

__path__ = list(getattr(find_spec("modeling_bilstm_nlu"), "submodule_search_locations", None) or ())
