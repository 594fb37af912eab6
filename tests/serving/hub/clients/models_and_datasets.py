"""A model and a dataset, pushed and loaded by transformers and datasets."""

import datasets
import torch
from transformers import AutoModel, AutoTokenizer

import modeling_bilstm_nlu as nlu

config = nlu.BiLstmNluConfig(
    ["play", "stop"], ["song"], vocabulary_size=64, ngram_buckets=64, word_dim=8, ngram_dim=8, shared_hidden=8
)
model = nlu.BiLstmNluForIntentAndSlots(config).eval()
tokenizer = nlu.build_tokenizer()
made = model.push_to_hub("acme/tiny", commit_message="weights")
tokenizer.push_to_hub("acme/tiny")
model.push_to_hub("acme/tiny", revision="exp")
ids = tokenizer("play some jazz", return_tensors="pt")["input_ids"]
for revision in ("main", "exp", made.oid):
    again = AutoModel.from_pretrained("acme/tiny", revision=revision).eval()
    for name, weight in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], weight), name
    # the same weights at another place in memory may be added up in another order: the last bit is not asked for
    assert torch.allclose(again(ids).intent_logits, model(ids).intent_logits, atol=1e-6)
loaded = AutoTokenizer.from_pretrained("acme/tiny", trust_remote_code=True)
assert loaded("play it")["input_ids"] == tokenizer("play it")["input_ids"]

for name, rows in (("one", ["a", "b"]), ("two", ["c"])):
    datasets.Dataset.from_dict({"text": rows}).push_to_hub("acme/texts", config_name=name)
for name, rows in (("one", ["a", "b"]), ("two", ["c"])):
    assert datasets.load_dataset("acme/texts", name)["train"]["text"][:] == rows
