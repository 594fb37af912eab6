"""Study recipes are read strictly."""

from pathlib import Path

import pytest
import yaml

from modeling_bilstm_nlu.errors import RecipeError
from modeling_bilstm_nlu.studies.recipe import load_study

RECIPES = sorted((Path(__file__).parents[2] / "configuration" / "studies").glob("*.yaml"))
SMALL = {
    "domains": [{"name": "a", "source": "x"}],
    "arms": [{"name": "scratch"}, {"name": "transfer", "base": "runs/generic"}],
    "protocol": {"sizes": [10], "seeds": [0]},
}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_every_study_of_the_repository_is_read(path):
    assert load_study(path).arms


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"domain": []}, r"unknown key 'domain' \(did you mean 'domains'\?\)"),
        ({"domains": []}, "at least one"),
        ({"arms": [{"name": "scratch", "training": {"lr": 1}}]}, "unknown key 'lr'"),
        ({"arms": [{"name": "scratch", "model": {"dropout": 2}}]}, "dropout"),
        ({"arms": [{"name": "scratch", "method": "svm"}]}, "network, maxent_crf"),
        ({"arms": [{"name": "scratch", "options": {"tune": True}}]}, "unknown key 'tune'"),
        ({"arms": [{"name": "scratch"}, {"name": "scratch"}]}, "a name of its own"),
        ({"arms": [{"name": "transfer"}]}, "baseline 'scratch' is no arm"),
        ({"protocol": {"steps": "many"}}, "steps"),
        ({"protocol": {"size": [1]}}, "did you mean 'sizes'"),
        ({"domains": [{"source": "x"}]}, "a name of its own"),
    ],
)
def test_refuses_what_it_does_not_know(tmp_path, changes, message):
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump({**SMALL, **changes}), encoding="utf-8")
    with pytest.raises(RecipeError, match=message):
        load_study(path)


def test_a_source_is_put_in_by_its_name(tmp_path):
    rows = ['{"text": "play a", "intent": "play", "spans": []}\n'] * 3
    for split in ("train", "validation", "test"):
        (tmp_path / f"{split}.jsonl").write_text("".join(rows), encoding="utf-8")
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    study = load_study(path, ["protocol.steps=7"])
    assert study.protocol.steps == 7
    assert [domain.name for domain in study.load_domains({"x": str(tmp_path)})] == ["a"]
    with pytest.raises(RecipeError, match="no domain of the study has the source y"):
        study.load_domains({"y": str(tmp_path)})
