"""Pretrains on the toy mixture in as many processes as torchrun starts: FOLDER TEACHER."""

import json
import sys
from pathlib import Path

from toy_domain import SMALL
from toy_mixture import mixture

from modeling_bilstm_nlu.training import GenericTrainer, PretrainingArguments, build_model

folder, teacher = Path(sys.argv[1]), sys.argv[2]
args = PretrainingArguments(
    output_dir=str(folder / "run"),
    max_steps=60,
    per_device_train_batch_size=4,
    learning_rate=1e-2,
    warmup_steps=0,
    use_cpu=True,
    disable_tqdm=True,
    logging_strategy="no",
    teacher=teacher,
)
trainer = GenericTrainer(build_model(mixture(), **SMALL), args, mixture())
trainer.prepare()
before = trainer.model.distillation.sentences.weight.detach().clone()
maps = trainer.model.distillation
trainer.train()
scores = trainer.evaluate()
weights = sum(float(weight.double().abs().sum()) for weight in trainer.bare_model.parameters())
facts = {
    "processes": args.world_size,
    "frame_accuracy": scores["eval_frame_accuracy"],
    "weights": weights,
    "maps_moved": bool((maps.sentences.weight != before).any()),
}
(folder / f"{args.process_index}.json").write_text(json.dumps(facts))
