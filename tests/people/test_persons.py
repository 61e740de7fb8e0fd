"""Under which form addresses are equal: keyed hashes are kept of it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people.persons import normal_address


@pytest.mark.parametrize(
    ("address", "normal"),
    [
        ("Lin.Lina+yoxo@Example.ORG", "lin.lina@example.org"),
        ("lin@müller.DE", "lin@müller.de"),
        ("lin@Straße.de", "lin@xn--strae-oqa.de"),
        ("lin@STRAẞE.de", "lin@xn--strae-oqa.de"),
        ("lin@xn--strae-oqa.de", "lin@xn--strae-oqa.de"),
        ("lin@strasse.de", "lin@strasse.de"),
        ("lin@straße_.de", "lin@straße_.de"),
        ("Gauß@example.org", "gauß@example.org"),
        ("gauss@example.org", "gauss@example.org"),
    ],
)
def test_equal_addresses_and_those_that_only_look_equal(address: str, normal: str) -> None:
    assert normal_address(address) == normal


@given(local=st.text(max_size=20), domain=st.text(max_size=20))
def test_without_sharp_s_addresses_keep_the_form_their_hashes_were_made_of(local: str, domain: str) -> None:
    address = f"{local}@{domain}".translate({ord("ß"): "s", ord("ẞ"): "s"})
    before, _, after = unicodedata.normalize("NFKC", address).strip().casefold().rpartition("@")
    assert normal_address(address) == f"{before.split('+')[0]}@{after}"
