"""Addresses: what may be asked, and all the ways of spelling what may not."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.fetching.addresses import Target, follow, is_global, pinned, target
from app.exchange.fetching.errors import CODES, Unreachable
from app.exchange.words import said
from tests.exchange.fetching.tricks import ANSWERS, INSIDE, LOOPBACK, URLS

PLACE = target("https://events.city.example.jp/a/b.ics?c=d")


def test_there_are_more_than_two_hundred_tricks() -> None:
    assert len(set(URLS)) > 250


def _refusal(url: str) -> str:
    """Return why an address is refused, or its host when it is taken."""
    try:
        return target(url).host
    except Unreachable as error:
        return error.code


REFUSED = {"address_refused", "address_malformed", "not_https", "port", "userinfo"}


def test_no_trick_is_an_address() -> None:
    assert {url: found for url in URLS if (found := _refusal(url)) not in REFUSED} == {}


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://Events.City.example.jp", "events.city.example.jp", 443, "/"),
        ("HTTPS://events.city.example.jp:443/x.ics", "events.city.example.jp", 443, "/x.ics"),
        ("https://events.city.example.jp:8443/x.ics", "events.city.example.jp", 8443, "/x.ics"),
        ("https://events.city.example.jp:80/x.ics", "events.city.example.jp", 80, "/x.ics"),
        ("webcal://events.city.example.jp/x.ics", "events.city.example.jp", 443, "/x.ics"),
        ("webcals://events.city.example.jp/x.ics", "events.city.example.jp", 443, "/x.ics"),
        (" https://events.city.example.jp/x.ics ", "events.city.example.jp", 443, "/x.ics"),
        ("https://横浜.jp/中.ics?区=中#上", "xn--4cw21e.jp", 443, "/%E4%B8%AD.ics?%E5%8C%BA=%E4%B8%AD"),
        ("https://ｅｖｅｎｔｓ。example。jp/", "events.example.jp", 443, "/"),
        ("https://faß.example.de/", "xn--fa-hia.example.de", 443, "/"),
        ("https://events.city.example.jp?a=b&c=%20d", "events.city.example.jp", 443, "/?a=b&c=%20d"),
        ("https://events.city.example.jp#top", "events.city.example.jp", 443, "/"),
        ("https://8.8.8.8/x.ics", "8.8.8.8", 443, "/x.ics"),
        ("https://[2600:1406:3a00:21:0::173e]/x.ics", "2600:1406:3a00:21::173e", 443, "/x.ics"),
        ('https://events.city.example.jp/a"<>^`{|}', "events.city.example.jp", 443, "/a%22%3C%3E%5E%60%7B%7C%7D"),
    ],
)  # fmt: skip
def test_public_address_is_taken_apart(url: str, host: str, port: int, path: str) -> None:
    assert target(url) == Target("https", host, port, path, here=False)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://a.example.jp/", "not_https"),
        ("https://a.example.jp:444/", "port"),
        ("https://a:b@a.example.jp/", "userinfo"),
        ("https://intranet/", "address_refused"),
        ("https://a.example.jp/a\\b", "address_malformed"),
        ("https://a.example.jp/a b", "address_malformed"),
        ("a.ics", "address_malformed"),
    ],
)
def test_refusal_says_what_to_change(url: str, why: str) -> None:
    assert _refusal(url) == why


def test_host_header_names_the_port_that_the_scheme_does_not_mean() -> None:
    assert [target(f"https://a.example.jp{port}/").place for port in ("", ":443", ":8443", ":80")] == [
        "a.example.jp", "a.example.jp", "a.example.jp:8443", "a.example.jp:80",
    ]  # fmt: skip
    assert target("https://[2600::1]:8443/x").url == "https://[2600::1]:8443/x"


def test_only_the_allowed_places_of_this_machine_are_asked() -> None:
    allowed = {"127.0.0.1:9000", "[::1]:*"}
    assert target("http://127.0.0.1:9000/x", allowed=allowed) == Target("http", "127.0.0.1", 9000, "/x", here=True)
    assert target("webcal://[0::1]:77/x", allowed=allowed) == Target("https", "::1", 77, "/x", here=True)
    for url in ("http://127.0.0.1:9001/", "http://127.1:9000/", "http://localhost:9000/", "http://10.0.0.1:9000/"):
        with pytest.raises(Unreachable, match=r"address_refused|port"):
            target(url, allowed=allowed)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("c.ics", "https://events.city.example.jp/a/c.ics"),
        ("/c.ics", "https://events.city.example.jp/c.ics"),
        ("//other.example.jp/c.ics", "https://other.example.jp/c.ics"),
        ("https://other.example.jp:8443/c.ics", "https://other.example.jp:8443/c.ics"),
        ("?e=f", "https://events.city.example.jp/a/b.ics?e=f"),
        ("../イベント.ics", "https://events.city.example.jp/%E3%82%A4%E3%83%99%E3%83%B3%E3%83%88.ics"),
    ],
)
def test_redirect_leads_on(location: str, url: str) -> None:
    assert follow(PLACE, location).url == url


def _led_to(location: str) -> str:
    try:
        return follow(PLACE, location).place
    except Unreachable as error:
        return error.code


def test_redirect_never_leads_into_a_network_of_our_own() -> None:
    """What is no address of its own is a path at the server that was asked already."""
    locations = [*URLS, *(f"//{host}/" for host in LOOPBACK + INSIDE)]
    assert {to: found for to in locations if (found := _led_to(to)) not in REFUSED | {PLACE.host}} == {}


def test_redirect_never_gives_up_encryption() -> None:
    allowed = {"127.0.0.1:*"}
    secret = target("https://127.0.0.1:9443/x", allowed=allowed)
    with pytest.raises(Unreachable, match="not_https"):
        follow(secret, "http://127.0.0.1:9000/x", allowed=allowed)
    with pytest.raises(Unreachable, match="not_https"):
        follow(PLACE, "http://events.city.example.jp/x")


@pytest.mark.parametrize("answer", ANSWERS)
def test_one_bad_answer_of_the_resolver_spoils_all(answer: str) -> None:
    for answers in ([answer], ["8.8.8.8", answer], [answer, "8.8.8.8"]):
        with pytest.raises(Unreachable, match="address_refused"):
            pinned(answers, here=False)


def test_good_answers_keep_their_order() -> None:
    assert pinned(["2600::1", "8.8.8.8"], here=False) == ["2600::1", "8.8.8.8"]
    assert pinned(["127.0.0.1"], here=True) == ["127.0.0.1"]
    with pytest.raises(Unreachable, match="name_unknown"):
        pinned([], here=False)
    with pytest.raises(Unreachable, match="address_refused"):
        pinned(["8.8.8.8"], here=True)


@given(st.ip_addresses())
def test_no_special_address_is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    special = address.is_private or address.is_multicast or address.is_reserved or address.is_link_local
    if special or address.is_loopback or address.is_unspecified:
        assert not is_global(str(address))


@given(st.ip_addresses(v=4))
def test_no_ipv6_address_carries_an_ipv4_address(address: ipaddress.IPv4Address) -> None:
    high, low = int(address) >> 16, int(address) & 0xFFFF
    for written in (
        "::{h:x}:{l:x}",
        "::ffff:{h:x}:{l:x}",
        "64:ff9b::{h:x}:{l:x}",
        "2002:{h:x}:{l:x}::1",
        "2600::5efe:{h:x}:{l:x}",
    ):
        assert not is_global(written.format(h=high, l=low))


@given(st.text(max_size=40), st.text(max_size=20))
def test_any_text_is_an_address_or_none(host: str, rest: str) -> None:
    try:
        found = target(f"https://{host}/{rest}")
    except Unreachable:
        return
    assert found.url.isascii()
    assert not set(found.url) & set(" \r\n\t\\\x00")
    assert target(found.url) == found


def test_every_reason_is_said_in_words() -> None:
    assert [code for code in CODES if "else was found" in said(code)] == []
