"""Turn Markdown from users into HTML that is safe to show.

This file is also the program of `rendering_process`, so it imports nothing of this package.
"""

import json
import re
import resource
import signal
import sys
from contextlib import suppress
from html import escape
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt

__all__ = ["answer_requests", "as_plain_text", "render_markdown"]

# Texts beyond these bounds are shown as they are: the time to render them grows with the square of their length.
_MAX_LENGTH = 100_000  # characters
_MAX_TAGS = 5_000  # of HTML
_MAX_CELLS = 30_000  # of tables, where every line may be a row of the widest
_MAX_NESTING = 100  # brackets that are open at the same time in a paragraph
_MAX_HTML = 2_000_000  # characters
_MEMORY = 1 << 30  # bytes that the program may use
_TAGS = {
    *("a", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4"),
    *("h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "summary"),
    *("sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "details": {"open"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
}
_PARAGRAPHS = re.compile(r"\n[ \t\r]*\n")
_BRACKETS = re.compile(r"[\[\]]")
_TAG_START = re.compile(r"<[A-Za-z]")
_DELIMITER_ROW = re.compile(r"^[\s>|:*+0-9.)-]*-[\s|:-]*$", re.MULTILINE)
_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")
_IS_ELSEWHERE = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:|[/\\]{2})")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")  # browsers leave some of them out of addresses
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def render_markdown(text: str, *, files: str = "", pages: str = "") -> str:
    """HTML of a Markdown text, without scripts, styles, forms, frames or anything else that can harm the reader.

    Args:
        text: the Markdown; it may contain HTML.
        files: URL that paths of pictures are relative to, ending with a slash.
        pages: URL that links are relative to, ending with a slash.

    Returns:
        The HTML; the text as it is, if it would take too long to render.
    """
    if not _is_bounded(text):
        return as_plain_text(text)

    def rewritten(tag: str, attribute: str, value: str) -> str | None:
        base = {("img", "src"): files, ("a", "href"): pages}.get((tag, attribute))
        if attribute in ("src", "href") and _CONTROLS.search(value):
            return None
        if (tag, attribute) == ("img", "src") and _IS_ELSEWHERE.match(value):
            return None  # the picture would tell another server who reads the page; the page's policy forbids it, too
        if base and not _HAS_SCHEME.match(value) and not value.startswith("/"):
            return base + quote(value.removeprefix("./"), safe="/%#?=&")
        return value

    html = nh3.clean(
        _MARKDOWN.render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=rewritten,
        set_tag_attribute_values={name: {"tabindex": "0"} for name in ("pre", "table")},  # they can be scrolled
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return html if len(html) <= _MAX_HTML else as_plain_text(text)


def as_plain_text(text: str) -> str:
    """HTML that shows a text as it is."""
    return f"<pre>{escape(text)}</pre>"


def answer_requests(seconds: float) -> None:
    """Render what comes in, one request a line, until the input ends; this process dies if one takes too long.

    Args:
        seconds: of computing time for each request.
    """
    with suppress(OSError, ValueError):  # not every system has this limit
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    print(flush=True)  # says that it is ready
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        html = render_markdown(**json.loads(line))
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps(html), flush=True)


def _is_bounded(text: str) -> bool:
    if len(text) > _MAX_LENGTH or len(_TAG_START.findall(text)) > _MAX_TAGS:
        return False
    columns = max((row.count("|") + 1 for row in _DELIMITER_ROW.findall(text)), default=0)
    if columns * (text.count("\n") + 1) > _MAX_CELLS:
        return False
    for paragraph in _PARAGRAPHS.split(text):
        depth = 0
        for bracket in _BRACKETS.findall(paragraph):
            depth = depth + 1 if bracket == "[" else max(depth - 1, 0)
            if depth > _MAX_NESTING:
                return False
    return True
