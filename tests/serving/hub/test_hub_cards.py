"""What others write: metadata of cards, and Markdown that must not become a script."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import steps_of

from bilstm_nlu.serving.hub.cards import card_problems, card_tags, config_summary, metadata, split_card
from bilstm_nlu.serving.hub.rendering import render_markdown

CARD = b"""\xef\xbb\xbf---
license: apache-2.0
language: [en, de]
library_name: transformers
pipeline_tag: token-classification
tags: [bilstm-nlu]
datasets: acme/home
base_model: acme/generic
released: 2026-11-22
score: .inf
---
# A model
"""


def test_metadata_become_plain_values_and_tags():
    card = metadata(CARD, "model")
    assert card["released"] == "2026-11-22" and card["score"] == "inf"
    assert card_tags(card) == [
        "transformers",
        "token-classification",
        "bilstm-nlu",
        "en",
        "de",
        "license:apache-2.0",
        "dataset:acme/home",
        "base_model:acme/generic",
    ]
    assert split_card(CARD)[1].strip() == "# A model"


def test_cards_without_metadata():
    assert metadata(b"# Only text", "model") == {} and metadata(b"", "dataset") == {}
    assert card_problems("# Only text", "model") == ([], ["empty or missing yaml metadata in repo card"])


BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
INDEX = "model-index:\n- name: m\n  results:\n  - task: {type: t}\n    metrics: []\n"


@pytest.mark.parametrize(
    "block, problem",
    [
        ("- a\n- b", "not a mapping"),
        ("a: [", "not YAML"),
        ("a: !!python/object/apply:os.system [id]", "not YAML"),
        (BOMB, "aliases"),
        ("a: " + "[" * 100 + "]" * 100, "too deep"),
        ("x: " + "y" * 600_000, "longer than"),
        ("tags: 5", "cannot be used"),
        (INDEX, "cannot be used.*model"),
        ("a: 2026-99-99", "month|not YAML"),
        ("a: " + "9" * 5000, "."),
    ],
)
def test_broken_metadata_are_named_and_left_out(block: str, problem: str):
    text = f"---\n{block}\n---\n# x"
    errors, _ = card_problems(text, "model")
    assert len(errors) == 1 and len(errors[0]) < 1000
    assert re.search(problem, errors[0])
    assert metadata(text.encode(), "model") == {}


def test_names_that_would_break_the_client_are_left_out():
    assert metadata(b"---\nself: 1\nignore_metadata_errors: 2\nlicense: mit\n---\n", "model") == {"license": "mit"}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_card(content: bytes):
    for kind in ("model", "dataset", "space"):
        assert isinstance(metadata(b"---\n" + content + b"\n---\n", kind), dict)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"model_type": NaN}', b"[" * 5000])
def test_any_bytes_are_a_config(content: bytes):
    config_summary(content)


def test_a_config_says_what_opens_it():
    found = config_summary(
        b'{"model_type": "bilstm_nlu", "architectures": ["X"], "auto_map": {"AutoModel": "m.X"}, "h": 1}'
    )
    assert found == {"architectures": ["X"], "model_type": "bilstm_nlu", "auto_map": {"AutoModel": "m.X"}}


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](javascript:alert(1))",
        '<a href="vbscript:x">x</a>',
        '<iframe src="https://evil.example"></iframe>',
        '<form action="https://evil.example"><input name=x></form>',
        '<div style="background:url(javascript:alert(1))">x</div>',
        "<style>body { display: none }</style>",
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<base href="https://evil.example/">',
        "<object data=x></object><embed src=x>",
        '<math><mtext><table><mglyph><style><img src onerror="alert(1)">',
        "<details open ontoggle=alert(1)>x</details>",
        "`</code><script>alert(1)</script>`",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        '"><script>alert(1)</script>',
    ],
)
def test_no_script_survives(text: str):
    html = render_markdown(text, files="/a/b/resolve/x/", pages="/a/b/blob/x/").lower()
    for bad in (
        "<script",
        "<iframe",
        "<form",
        "<input",
        "<style",
        "<svg",
        "<meta",
        "<base",
        "<object",
        "<embed",
        "<math",
    ):
        assert bad not in html
    for bad in (" onerror=", " onload=", " ontoggle=", " style="):
        assert bad not in html.replace("&lt;", "").partition("<code>")[0]
    assert 'href="javascript' not in html and 'href="data' not in html and 'src="javascript' not in html


def test_markdown_is_rendered_and_its_links_lead_into_the_repository():
    html = render_markdown(
        "# Hi\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![curve](./curve 1.png)<img src='curve.png' width=3>"
        "[code](modeling.py) [out](https://example.org) [top](/x) [here](#hi)",
        files="/a/b/resolve/x/",
        pages="/a/b/blob/x/",
    )
    assert "<h1>Hi</h1>" in html and "<td>2</td>" in html
    assert 'src="/a/b/resolve/x/curve.png"' in html and 'href="/a/b/blob/x/modeling.py"' in html
    assert 'href="https://example.org"' in html and 'href="/x"' in html and 'href="#hi"' in html


@pytest.mark.parametrize(
    "text", ["[" * 2_000, "*a " * 2_000, "`" * 2_000, "> " * 1_250, "<" * 2_000, "![" * 800, "|" * 2_000]
)
def test_twice_the_markdown_takes_twice_the_steps(text: str):
    assert steps_of(render_markdown, text) < 2.2 * steps_of(render_markdown, text[: len(text) // 2])


@pytest.mark.parametrize(
    "url", ["https://e.example/x.png", "//e.example/x.png", "\\\\e.example/x", " https://e.example/x"]
)
def test_pictures_of_other_servers_are_left_out(url: str):
    html = render_markdown(f'<img src="{url}" alt="a picture">', files="/a/b/resolve/x/")
    assert "e.example" not in html and 'alt="a picture"' in html


def test_a_very_long_card_is_shown_as_text():
    assert render_markdown("<b>" + "x" * 500_000).startswith("<pre>&lt;b&gt;x")
