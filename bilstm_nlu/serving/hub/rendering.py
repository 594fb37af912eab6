"""Turn Markdown from users into HTML that is safe to show."""

import re
from functools import lru_cache
from html import escape
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt

__all__ = ["render_markdown"]

_MAX_LENGTH = 150_000  # characters; longer texts are shown as plain text
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
_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")
_IS_ELSEWHERE = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:|[/\\]{2})")
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@lru_cache(maxsize=256)
def render_markdown(text: str, *, files: str = "", pages: str = "") -> str:
    """HTML of a Markdown text, without scripts, styles, forms, frames or anything else that can harm the reader.

    Args:
        text: the Markdown; it may contain HTML.
        files: URL that paths of pictures are relative to, ending with a slash.
        pages: URL that links are relative to, ending with a slash.
    """
    if len(text) > _MAX_LENGTH:
        return f"<pre>{escape(text)}</pre>"

    def rewritten(tag: str, attribute: str, value: str) -> str | None:
        base = {("img", "src"): files, ("a", "href"): pages}.get((tag, attribute))
        if (tag, attribute) == ("img", "src") and _IS_ELSEWHERE.match(value):
            return None  # the picture would tell another server who reads the page; the page's policy forbids it, too
        if base and not _HAS_SCHEME.match(value) and not value.startswith("/"):
            return base + quote(value.removeprefix("./"), safe="/%#?=&")
        return value

    return nh3.clean(
        _MARKDOWN.render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=rewritten,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
