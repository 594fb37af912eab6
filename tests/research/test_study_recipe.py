"""Study recipes are read strictly."""

from pathlib import Path

import pytest
import yaml

from bilstm_nlu.errors import RecipeError
from research.studies.recipe import load_study

RECIPES = sorted((Path(__file__).parents[2] / "configuration" / "studies").glob("*.yaml"))
SMALL = {
    "domains": [{"name": "a", "source": "x"}],
    "arms": [{"name": "scratch"}, {"name": "transfer", "base": "runs/generic"}],
    "protocol": {"sizes": [10], "seeds": [0]},
}


def write(folder: Path, changes: dict) -> Path:
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump({**SMALL, **changes}), encoding="utf-8")
    return path


@pytest.mark.parametrize("is_quick", [False, True])
@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_every_study_of_the_repository_is_read(path, is_quick):
    study = load_study(path, is_quick=is_quick)
    assert study.arms or study.records
    assert study.output_dir == f"runs/studies/{path.stem}" + "-quick" * is_quick
    if study.skills is None and not study.records:
        assert study.targets()


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"domain": []}, "'domain'.*'domains'"),
        ({"domains": []}, "domains"),
        ({"arms": [{"name": "scratch", "training": {"lr": 1}}]}, "'lr'"),
        ({"arms": [{"name": "scratch", "model": {"dropout": 2}}]}, "dropout"),
        ({"arms": [{"name": "scratch", "method": "svm"}]}, "network, maxent_crf, sentence_encoder"),
        ({"arms": [{"name": "scratch", "options": {"tune": True}}]}, "'tune'"),
        (
            {"arms": [{"name": "scratch", "method": "maxent_crf", "options": {"tune": 1}}]},
            "tune",
        ),
        (
            {"arms": [{"name": "scratch", "method": "maxent_crf", "training": {"learning_rate": 1e-3}}]},
            r"\[training\].*maxent_crf",
        ),
        ({"protocol": {"sizes": [0]}}, "sizes.*0"),
        ({"arms": [{"name": "scratch", "method": "sentence_encoder"}]}, "sentence_encoder.*encoder"),
        (
            {"arms": [{"name": "scratch", "method": "sentence_encoder", "options": {"encoder": "{encoder}"}}]},
            "encoders:",
        ),
        ({"arms": [{"name": "scratch"}, {"name": "scratch"}]}, "name"),
        ({"arms": ["scratch"]}, "name"),
        ({"arms": [{"name": "transfer"}]}, "'scratch'"),
        ({"baselines": ["scratch", "maxent"]}, "'maxent'"),
        ({"report": "skills", "arm": "ours"}, "'ours'"),
        ({"leave_out": ["minilm"]}, "leave_out 'minilm'.*scratch"),
        ({"leave_out": ["scratch"]}, "baseline 'scratch'"),
        ({"report": "skill"}, "report.*comparison, skills"),
        ({"report": "convergence"}, "records"),
        ({"report": "skills", "records": ["runs/x"]}, "records"),
        ({"report": "convergence", "records": ["runs/x"]}, "domains"),
        ({"protocol": {"steps": "many"}}, "steps"),
        ({"protocol": {"steps": 0}}, "steps"),
        ({"protocol": {"seeds": []}}, "seeds"),
        ({"protocol": {"size": [1]}}, "'sizes'"),
        ({"domains": [{"source": "x"}]}, "name"),
        ({"domains": [{"sources": ["a/b"], "name": "c"}]}, "sources.*name"),
        ({"domains": [{"sources": ["a/b", "a/b"]}]}, "name"),
        ({"domains": [{"source": "a/b", "sizes": 3}]}, "sizes"),
        ({"domains": [{"source": "a/b", "training": {"lr": 1}}]}, "'lr'"),
        ({"skills": {"folders": "x"}}, "'folder'"),
        ({"skills": {"training": {"learning_rate": "fast"}}}, "learning_rate"),
        ({"quick": True}, "'quick'"),
    ],
)
def test_refuses_what_it_does_not_know(tmp_path, changes, message):
    with pytest.raises(RecipeError, match=message):
        load_study(write(tmp_path, changes), is_quick="quick" in changes)


def test_a_source_is_put_in_by_its_name(tmp_path):
    study = load_study(write(tmp_path, {}), ["protocol.steps=7"])
    assert study.protocol.steps == 7
    (target,) = study.targets(sources={"x": str(tmp_path)}, data_dir="DATA")
    assert (target.name, target.data.source, target.data.data_dir) == ("a", str(tmp_path), "DATA")
    with pytest.raises(RecipeError, match="source y"):
        study.targets(sources={"y": str(tmp_path)})
    with pytest.raises(RecipeError, match="skills"):
        study.targets(skills_dir=str(tmp_path))


def test_an_entry_may_stand_for_several_domains(tmp_path):
    entries = [
        {"sources": ["massive/alarm", "massive/music"], "group": "massive", "sizes": [10], "generic": "runs/one"},
        {"source": "sgd/Alarm_1", "recut": True},
    ]
    arms = [{"name": "scratch"}, {"name": "transfer", "base": "{generic}"}]
    path = write(tmp_path, {"domains": entries, "arms": arms, "generic": "runs/other"})
    targets = load_study(path).targets()
    assert [(t.name, t.group, t.generic, t.sizes, t.recut) for t in targets] == [
        ("massive/alarm", "massive", "runs/one", [10], False),
        ("massive/music", "massive", "runs/one", [10], False),
        ("sgd/Alarm_1", "", "runs/other", None, True),
    ]
    with pytest.raises(RecipeError, match="sgd/Alarm_1"):
        load_study(write(tmp_path, {"domains": entries, "arms": arms})).targets()


def test_the_quick_variant(tmp_path):
    quick = {"protocol": {"sizes": [3]}, "domains": [{"name": "b", "source": "y"}]}
    path = write(tmp_path, {"quick": quick})
    assert load_study(path).protocol.sizes == [10] and not load_study(path).quick
    study = load_study(path, is_quick=True)
    assert study.quick and study.output_dir == "runs/study-quick"
    assert study.protocol.sizes == [3] and study.protocol.seeds == [0]
    assert [target.name for target in study.domains] == ["b"]


def test_the_encoder_is_said_once(tmp_path):
    arm = {"name": "scratch", "method": "sentence_encoder", "options": {"encoder": "{encoder}"}}
    path = write(tmp_path, {"arms": [arm], "encoders": {"encoder": "x"}})
    study = load_study(path, ["encoders.encoder=some/folder"])
    assert study.arms[0].options["encoder"] == "some/folder"


def test_rivals_are_all_other_arms_unless_some_are_named(tmp_path):
    assert load_study(write(tmp_path, {})).rivals == ("scratch",)
    arms = [{"name": name} for name in ("scratch", "other", "transfer")]
    assert load_study(write(tmp_path, {"arms": arms})).rivals == ("scratch", "other")
    assert load_study(write(tmp_path, {"arms": arms, "baselines": ["other"]})).rivals == ("other",)


def test_arms_that_cannot_run_here_are_left_out(tmp_path):
    path = write(tmp_path, {"arms": [{"name": name} for name in ("scratch", "minilm", "transfer")]})
    assert [arm.name for arm in load_study(path, ["leave_out=[minilm]"]).arms] == ["scratch", "transfer"]


def test_a_part_of_a_study(tmp_path):
    entries = [
        {"name": name, "source": "x", "group": group} for name, group in (("a", "one"), ("b", "two"), ("c", "two"))
    ]
    path = write(tmp_path, {"domains": entries})
    assert [target.name for target in load_study(path, ["groups=[two]"]).targets()] == ["b", "c"]
    assert len(load_study(path).targets()) == 3
    with pytest.raises(RecipeError, match="three"):
        load_study(path, ["groups=[two, three]"]).targets()
