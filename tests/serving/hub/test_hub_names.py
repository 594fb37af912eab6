"""Names, hashes, tokens and signatures: what does not need a server."""

import time

import pytest

from bilstm_nlu.errors import NluError
from bilstm_nlu.serving.hub.errors import HubError
from bilstm_nlu.serving.hub.git_ids import blob_oid, commit_oid, tree_oids
from bilstm_nlu.serving.hub.lfs import belongs_to_lfs, lfs_pointer
from bilstm_nlu.serving.hub.names import check_path, check_ref_name, check_repo_id
from bilstm_nlu.serving.hub.signing import check_signature, signed_query
from bilstm_nlu.serving.hub.tokens import Tokens, new_secret, parse_token
from bilstm_nlu.serving.secret_texts import read_token_lines


@pytest.mark.parametrize(
    "path",
    ["a", "a/b.txt", ".gitattributes", "ünï/日本 語.json", "a b/..c", "x" * 255, "a/b:c", "#?%.txt", "CON", "aux.json"]
    + ["9.41\u202fAM.png", "\u3000", "\U0001f468\u200d\U0001f33e", "-rf", "~", ".gitignore"],
)
def test_paths_that_stay_inside(path: str):
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../x",
        "a/../b",
        "a/..",
        "./a",
        "a//b",
        "a/",
        "...",
        "a/. ./b",
        " ",
        "a\\b",
        "..\\x",
    ]
    + [
        "C:/x",
        "c:x",
        "a\0b",
        "a\nb",
        "a\x7fb",
        "\ud800",
        "\u202egnp.exe",
        ".git",
        ".git/config",
        "a/.GIT/x",
        ".git ./x",
        ".g\u200cit/x",
        "a/\u200d/x",
        "a\u2028b",
    ]
    + ["git~1/x", "x" * 256, "a/" * 600 + "b", None, 5, ["a"]],
)
def test_paths_that_may_lead_elsewhere(path: object):
    with pytest.raises(HubError) as error:
        check_path(path)
    assert error.value.status == 400 and str(error.value).isprintable()


@pytest.mark.parametrize("name", ["acme/home", "a/b", "A_1/b.c-d", "x" * 96 + "/y"])
def test_names_of_repositories(name: str):
    check_repo_id(*name.split("/"))


@pytest.mark.parametrize(
    "owner, name",
    [
        ("", "a"),
        ("a", ""),
        ("a", ".."),
        ("..", "a"),
        ("a", ".git"),
        ("a", "b.git"),
        ("a", "-b"),
        ("a", "b-"),
        ("a", "b--c"),
    ]
    + [
        ("a", "b..c"),
        ("a", "<script>"),
        ("a", "b c"),
        ("a", "b/c"),
        ("a", "x" * 97),
        ("a", "b\n"),
        ("ä", "b"),
        ("a", "b?c"),
    ]
    + [("api", "a"), ("Datasets", "a"), ("-", "lfs"), ("a", "resolve"), ("a", "b%2Fc"), ("a", "b\0")],
)
def test_hostile_names_of_repositories(owner: str, name: str):
    with pytest.raises(HubError):
        check_repo_id(owner, name)


@pytest.mark.parametrize("name", ["v1", "dev/x", "release-1.0", "a@b", "v1.0+cpu"])
def test_names_of_branches(name: str):
    check_ref_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "-x", "a..b", "a/", "/a", "a//b", "a.lock", "a/.b", "refs/heads/x", "a b", "a~1", "a^", "a:b", "a@{b", "a\\b"]
    + ["a" * 201, "0" * 40, "<b>", "a.", "ü"],
)
def test_names_that_git_would_refuse(name: str):
    with pytest.raises(HubError):
        check_ref_name(name)


def test_hashes_are_those_of_git():
    # git hash-object, git write-tree and git commit-tree say so
    assert blob_oid(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"
    trees = tree_oids([("a/x.txt", blob_oid(b"1\n")), ("a.b", blob_oid(b"2\n")), ("a-b/c/d", blob_oid(b"3\n"))])
    assert trees == {
        "": "948d707858a979a27641728e49c9da8819c5b8f5",
        "a": "c5d1394b97e64311067cb4185038d4ea6002e323",
        "a-b": "86b2f5fdb30b457f777177e8c4a048d92223caf0",
        "a-b/c": "3e8e03524a56aa99b59c8de6caeb217674c6b9c5",
    }
    assert commit_oid(trees[""], [], "ann", 1_700_000_000, "first\n") == "6e45da28515580349a0217288040b8441faa8e40"


def test_what_lfs_keeps():
    assert belongs_to_lfs("a/Model.SafeTensors", 1) and belongs_to_lfs("notes.txt", 10_000_001)
    assert not belongs_to_lfs("notes.txt", 10_000_000) and not belongs_to_lfs("empty.bin", 0)
    pointer = lfs_pointer("ab" * 32, 7).decode()
    assert pointer == f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 7\n"


def test_tokens_say_who_may_do_what():
    tokens = Tokens([parse_token("ann+acme:write:secret-1"), parse_token("bob:read:secret-2")])
    ann = tokens.account("Bearer secret-1", is_safe_method=False)
    bob = tokens.account("bearer secret-2", is_safe_method=False)
    assert ann is not None and ann.name == "ann" and ann.can_write
    assert ann.belongs_to("ann") and ann.belongs_to("ACME") and not ann.belongs_to("bob")
    assert bob is not None and not bob.can_write
    assert tokens.account(None, is_safe_method=True) is None
    ann.check_may_write("acme")
    for account, owner in ((ann, "bob"), (bob, "bob")):
        with pytest.raises(HubError) as error:
            account.check_may_write(owner)
        assert error.value.status == 403


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer", "Basic !!", "Basic c2VjcmV0LTE=", "Digest x", "secret-1"]
)
def test_wrong_tokens_are_refused(header: str):
    with pytest.raises(HubError) as error:
        Tokens([parse_token("ann:write:secret-1")]).account(header, is_safe_method=True)
    assert error.value.status == 401 and str(error.value) == "Invalid credentials in Authorization header"


def test_only_hashes_of_secrets_are_kept(tmp_path):
    secret = new_secret()
    token = parse_token(f"ann:write:{secret}")
    assert secret not in repr(Tokens([token]).__dict__) + repr(token)
    hashed = tmp_path / "tokens"
    hashed.write_text(f"# people\n\nann:write:sha256={token.hashed}\n")
    assert read_token_lines(hashed, parse_token) == [token]
    hashed.write_text("ann:write:short\n")
    with pytest.raises(NluError, match="line 1.*'ann'.*8 to 200") as error:
        read_token_lines(hashed, parse_token)
    assert "short" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["", "ann", "ann:admin:secret-1", "a/b:write:secret-1", "ann:write:with space", "a+b/c:read:secret-1"]
)
def test_broken_tokens(text: str):
    with pytest.raises(NluError):
        parse_token(text)


def test_two_tokens_need_two_secrets():
    with pytest.raises(NluError, match="secret"):
        Tokens([parse_token("ann:write:secret-1"), parse_token("bob:read:secret-1")])


def test_signatures_hold_for_what_was_signed_and_for_a_while(monkeypatch):
    query = dict(part.split("=") for part in signed_query(b"key", 1, "ab", 7).split("&"))
    check_signature(b"key", query["expires"], query["signature"], 1, "ab", 7)
    for key, expires, signature, what in [
        (b"other", query["expires"], query["signature"], (1, "ab", 7)),
        (b"key", query["expires"], query["signature"], (2, "ab", 7)),
        (b"key", query["expires"], query["signature"], (1, "ab", 8)),
        (b"key", str(int(query["expires"]) + 1), query["signature"], (1, "ab", 7)),
        (b"key", "", query["signature"], (1, "ab", 7)),
        (b"key", "²", "", (1, "ab", 7)),
        (b"key", query["expires"], "ü", (1, "ab", 7)),
    ]:
        with pytest.raises(HubError):
            check_signature(key, expires, signature, *what)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 24 * 3600)
    with pytest.raises(HubError, match="upload"):
        check_signature(b"key", query["expires"], query["signature"], 1, "ab", 7)
