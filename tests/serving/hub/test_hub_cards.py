"""What others write: metadata of cards, and Markdown that must not become a script."""

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import steps_of

from bilstm_nlu.serving.hub.cards import card_problems, card_tags, config_summary, metadata, split_card
from bilstm_nlu.serving.hub.rendering import as_plain_text, render_markdown
from bilstm_nlu.serving.hub.rendering_process import Renderer

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
        ("- a\n- b", "mapping"),
        ("a: [", "not YAML"),
        ("a: !!python/object/apply:os.system [id]", "not YAML"),
        (BOMB, "aliases"),
        ("a: " + "[" * 100 + "]" * 100, "too deep"),
        ("x: " + "y" * 600_000, "longer than"),
        ("tags: 5", "cannot be used"),
        (INDEX, "cannot be used.*model"),
        ("a: 2026-99-99", "month|not YAML"),
        ("a: " + "9" * 5000, "100"),
        ("a: " + "9:" * 5000 + "9", "100"),
        ("a: !!bool foo", "not valid for !!bool.*line 1"),
        ("a: !!int ''", "not valid for !!int"),
        ("a: !!int [1]", "not YAML"),
        ("a: !!float x", "not valid for !!float"),
        ("a: !!timestamp x", "not valid for !!timestamp"),
        ("a: !!binary x", "not YAML"),
        ("a: !!set {x, y}", "not YAML"),
        ("a: !!omap [x: 1]", "not YAML"),
        ("a: !thing 1", "not YAML"),
        ("? [a]: b", "not YAML"),
        ("<<: foo", "not YAML"),
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


DEEP = b'{"auto_map": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}"


@pytest.mark.parametrize(
    "text, block, rest",
    [
        ("---\na: b\n---\nx", "a: b", "x"),
        ("\n ---\r\na: b\r\n--- \t\r\nx", "a: b", "x"),
        ("---\n\n---\n# x", "", "# x"),
        ("---\r\n---\n# x", "", "# x"),
        ("---\na: b\n---", "a: b", ""),
        ("x\n---\na: b\n---\n", "", "x\n---\na: b\n---\n"),
        ("---\na: b\n---x\n", "", "---\na: b\n---x\n"),
    ],
)
def test_where_the_metadata_end(text: str, block: str, rest: str):
    assert split_card(text.encode()) == (block, rest)


def test_a_block_that_does_not_end_costs_no_more_than_its_length():
    assert split_card(b"---\na: b" + b"\n" * 1_900_000) == ("", "---\na: b" + "\n" * 1_900_000)


def test_plain_values_stay_plain():
    block = b"---\na: 1\nb: 0x10\nc: 1.5\nd: yes\ne: ~\nf: =\n2: 2026-11-22T10:00:00Z\ng: !!str 3\n---\n"
    expected = {"a": 1, "b": 16, "c": 1.5, "d": True, "e": None, "f": "=", "2": "2026-11-22T10:00:00Z", "g": "3"}
    assert metadata(block, "model") == expected


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"model_type": NaN}', b"[" * 5000, DEEP])
def test_any_bytes_are_a_config(content: bytes):
    assert config_summary(content) == {}


def test_of_an_auto_map_only_names_of_classes_are_kept():
    auto_map = {"AutoModel": "m.X", "AutoTokenizer": ["t.X", None], "AutoConfig": {"a": "b"}, "x": ["y"], "z": [1, 2]}
    found = config_summary(json.dumps({"auto_map": auto_map, "architectures": ["X", 1, [2]]}).encode())
    assert found == {"auto_map": {"AutoModel": "m.X", "AutoTokenizer": ["t.X", None]}, "architectures": ["X"]}
    assert config_summary(json.dumps({"auto_map": {str(n): "m.X" for n in range(5000)}}).encode()) == {}


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


@pytest.mark.parametrize(
    "url",
    ["/\t/e.example/x", "/\n/e.example/x", "ht\ttps://e.example/x", "\x01//e.example/x", "/&#9;/e.example/x"]
    + ["/&Tab;\\e.example/x", "&NewLine;//e.example/x", "/\r/e.example", "\x7f//e.example"],
)
def test_addresses_with_control_characters_are_left_out(url: str):
    html = render_markdown(f'<img src="{url}" alt="a picture"> <a href="{url}">a link</a>', files="/a/", pages="/b/")
    assert "e.example" not in html and 'alt="a picture"' in html and "a link" in html


TOO_MUCH = {
    "brackets": "[" * 90_000,
    "pictures": "![" * 45_000,
    "closed later": "[" * 5_000 + "]" * 5_000,
    "length": "<b>" + "x" * 500_000,
    "cells": "|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + "|\n" * 2000,
    "cells of a quote": "> " + "a|" * 2000 + "\n> " + "-|" * 2000 + "\n" + "> |\n" * 2000,
    "tags": "<b title=x><p>" * 4_000,
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_takes_too_long_to_render_is_shown_as_text(name: str):
    text = TOO_MUCH[name]
    assert render_markdown(text) == as_plain_text(text)
    assert steps_of(render_markdown, text) < 20_000


def test_large_but_common_cards_are_rendered():
    table = "| a | b | c |\n|---|---|---|\n" + "| [x](y.md) | 1 | `2` |\n" * 2_000
    text = "[0, 1) is open\n\n" * 300 + table + "\n" + "- [link](a.md) <b>x</b>\n" * 1_000
    assert render_markdown(text).count("<td>") == 6_000


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    made = Renderer(seconds=0.5)
    yield made
    made.close()


#: Within all bounds, and yet hard: every paragraph opens all those tags again.
HARD = "".join(f"<b title={number}>" for number in range(2_500)) + "<p>a</p>" * 2_400


def test_a_text_that_takes_too_long_is_shown_as_text_and_the_next_one_is_rendered(renderer: Renderer):
    assert renderer.html("*a* ![x](y.png)", files="/f/") == render_markdown("*a* ![x](y.png)", files="/f/")
    assert renderer.html(HARD) == as_plain_text(HARD)
    assert renderer.html(HARD) == as_plain_text(HARD)  # remembered
    assert renderer.html("*c*") == "<p><em>c</em></p>\n"


def test_a_process_that_was_killed_is_started_again(renderer: Renderer):
    assert renderer.html("*a*") == "<p><em>a</em></p>\n"
    renderer._process.kill()
    renderer._process.wait()
    assert renderer.html("*b*") == "<p><em>b</em></p>\n"


def test_while_another_text_is_rendered_texts_are_shown_as_they_are(renderer: Renderer, monkeypatch):
    monkeypatch.setattr("bilstm_nlu.serving.hub.rendering_process._TURN", 0)
    with renderer._turn:
        assert renderer.html("*a*") == as_plain_text("*a*")
    assert renderer.html("*a*") == "<p><em>a</em></p>\n"
