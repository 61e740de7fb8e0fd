"""A link into Google Wallet: its token checked with the public key of the account."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import RSAKey

from app.core.i18n import use_language
from app.ticketing.wallet import google
from tests.clock import NOW
from tests.ticketing.vector import CODE
from tests.ticketing.wallet.keys import ISSUER, MAIL, Keys, pem
from tests.ticketing.wallet.views import view


def claims(link: str, keys: Keys) -> dict[str, Any]:
    token = link.removeprefix("https://pay.google.com/gp/v/save/")
    found = jwt.decode(token, RSAKey.import_key(pem(keys.account)), algorithms=["RS256"])
    assert found.header == {"alg": "RS256", "typ": "JWT"}
    return found.claims


def test_token_says_who_signs_and_what_is_saved(configured: Keys) -> None:
    use_language("ja")
    said = claims(google.save_link(view(), now=NOW), configured)
    assert (said["iss"], said["aud"], said["typ"], said["iat"]) == (MAIL, "google", "savetowallet", NOW.timestamp())
    (kind,), (ticket,) = said["payload"]["eventTicketClasses"], said["payload"]["eventTicketObjects"]
    assert kind["id"] == ticket["classId"] == f"{ISSUER}.yokohama-2026-ja"
    assert kind["eventName"] == {"defaultValue": {"language": "ja", "value": "横浜コンベンション"}}
    assert ticket["id"] == f"{ISSUER}.{view().id.hex}-2"
    assert ticket["barcode"] == {"type": "QR_CODE", "value": CODE}
    assert (ticket["ticketHolderName"], ticket["state"]) == (view().name, "ACTIVE")
    assert ticket["ticketType"]["defaultValue"]["value"] == "全市パス"


def test_blocked_ticket_is_inactive(configured: Keys) -> None:
    said = claims(google.save_link(view(state="blocked"), now=NOW), configured)
    assert said["payload"]["eventTicketObjects"][0]["state"] == "INACTIVE"


@pytest.mark.parametrize("letter", ["x", "横", "😀"])
def test_longest_texts_are_cut_until_every_browser_carries_the_link(configured: Keys, letter: str) -> None:
    long = view(name=letter * 200, type_title={"en": letter * 200}, convention_title={"en": letter * 200})
    link = google.save_link(long, now=NOW)
    assert len(link) <= len(google.SAVE) + 1800
    said = claims(link, configured)["payload"]["eventTicketObjects"][0]
    assert set(said["ticketHolderName"]) == {letter}


def test_usual_texts_are_not_cut(configured: Keys) -> None:
    name = "Wolfeschlegelsteinhausen Bergerdorff"
    said = claims(google.save_link(view(name=name), now=NOW), configured)
    assert said["payload"]["eventTicketObjects"][0]["ticketHolderName"] == name


def test_token_of_another_account_is_no_good(configured: Keys, tmp_path_factory: pytest.TempPathFactory) -> None:
    head, body, proof = google.save_link(view(), now=NOW).removeprefix(google.SAVE).split(".")
    with pytest.raises(BadSignatureError):
        claims(f"{google.SAVE}{head}.{body}.{proof[::-1]}", configured)
