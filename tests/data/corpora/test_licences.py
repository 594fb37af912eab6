"""Which licence data made out of several corpora may carry."""

import pytest

from modeling_bilstm_nlu.data import CorpusInfo
from modeling_bilstm_nlu.data.corpora.licences import derived_licence, joint_licence, licence_of_results


@pytest.mark.parametrize(
    "licences, joint, reason",
    [
        ([], None, "name their licence"),
        (["cc-by-4.0"], "cc-by-4.0", "All of it is under cc-by-4.0."),
        (["cc-by-sa-4.0", "cc-by-sa-4.0"], "cc-by-sa-4.0", "the same licence"),
        (["cc0-1.0", "cc-by-4.0", "cc-by-3.0"], "cc-by-4.0", "strictest"),
        (["cc-by-4.0", "cc-by-sa-4.0", "cc0-1.0"], "cc-by-sa-4.0", "the same licence"),
        (["odbl", "cc-by-sa-4.0"], "other", "no single licence"),
        (["cc-by-4.0", "cc-by-nc-4.0"], "other", "read them all"),
        (["cc-by-sa-4.0", "unknown"], "other", "read them all"),
    ],
)
def test_joint_licence(licences, joint, reason):
    corpora = [CorpusInfo(f"c{i}", licence, "c", "u") for i, licence in enumerate(licences)]
    found, why = joint_licence(corpora)
    assert found == joint and reason in why


@pytest.mark.parametrize(
    "licences, expected",
    [
        (["cc-by-4.0", "cdla-permissive-1.0", "cc0-1.0"], "cc-by-4.0"),
        (["cc-by-sa-4.0", "cdla-permissive-1.0"], "cc-by-sa-4.0"),
        (["cdla-permissive-1.0"], "apache-2.0"),
        (["cc-by-nc-4.0", "cdla-permissive-1.0"], "cc-by-nc-4.0"),
    ],
)
def test_cdla_permissive_asks_nothing_of_a_model_but_of_data(licences, expected):
    corpora = [CorpusInfo(f"c{i}", licence, "c", "u") for i, licence in enumerate(licences)]
    licence, terms = licence_of_results(corpora)
    assert licence == expected and "asks nothing of a model" in terms
    assert joint_licence(corpora)[0] in ("other", "cdla-permissive-1.0")
    assert licence_of_results([]) == joint_licence([])


@pytest.mark.parametrize(
    "own, base, derived",
    [
        (None, "cc-by-sa-4.0", "cc-by-sa-4.0"),
        ("mit", "cc-by-sa-4.0", "cc-by-sa-4.0"),
        ("cc-by-sa-4.0", "cc-by-sa-4.0", "cc-by-sa-4.0"),
        ("odbl", "cc-by-sa-4.0", "other"),
        ("cc-by-nc-4.0", "cc-by-sa-4.0", "other"),
        ("mit", "apache-2.0", "mit"),
        (None, "cc-by-4.0", None),
        ("mit", "cc-by-3.0", "mit"),
        (None, None, None),
    ],
)
def test_share_alike_holds_for_what_is_made_from_it(own, base, derived):
    licence, terms = derived_licence((own, "So it is."), base)
    assert licence == derived and terms.startswith("So it is.")
    assert ("fine-tuned from" in terms) == (str(base).startswith("cc-by") and own != base)
