"""Settings: what is wrong is refused by its name."""

import pytest

from app.core.settings import SettingsError, read

GOOD = {
    "APP_DATABASE_URL": "postgresql://db/machi",
    "APP_REDIS_URL": "redis://cache",
    "APP_SECRET_KEY": "Yq3v8Lr0ZtWm5nXc7KdPbH2sJfGaUe9i",
}

OPENID = {
    "APP_OPENID_ISSUER": "https://login.city.example.jp",
    "APP_OPENID_CLIENT_ID": "machi",
    "APP_OPENID_CLIENT_SECRET": "between two servers",
    "APP_OPENID_DOMAINS": "City.example.jp, ward.example.jp",
}
APPLE = {
    "APP_APPLE_PASS_TYPE": "pass.jp.example.tickets",
    "APP_APPLE_TEAM": "A1B2C3D4E5",
    "APP_APPLE_CERT": __file__,
    "APP_APPLE_KEY": __file__,
    "APP_APPLE_CHAIN": __file__,
}


def test_wallets_need_all_of_their_settings_or_none() -> None:
    google = {"APP_GOOGLE_WALLET_ISSUER": "1", "APP_GOOGLE_WALLET_ACCOUNT": __file__}
    found = read({**GOOD, **APPLE, **google})
    assert (found.apple_pass_type, found.google_wallet_issuer) == ("pass.jp.example.tickets", "1")


def test_openid_needs_all_of_its_settings() -> None:
    assert read({**GOOD, **OPENID}).domains == ["city.example.jp", "ward.example.jp"]
    assert read({**GOOD, **OPENID, "APP_OPENID_ISSUER": "http://127.0.0.1:9400"}).openid_client_id == "machi"


def test_good_settings_are_read() -> None:
    found = read({**GOOD, "APP_POOL_SIZE": "20", "APP_DEMO": "true", "PATH": "/bin"})
    assert (found.database_url, found.pool_size, found.demo) == ("postgresql://db/machi", 20, True)
    assert (found.host, found.secure) == ("127.0.0.1", False)
    assert read({**GOOD, "APP_LOG_LEVEL": "WARNING"}).log_level == "WARNING"
    assert read({**GOOD, "APP_BASE_URL": "https://machi.example.jp/"}).base_url == "https://machi.example.jp"


def test_demos_may_fetch_from_their_own_machine() -> None:
    found = read({**GOOD, "APP_DEMO": "true", "APP_FETCH_ALLOW_HOSTS": "127.0.0.1:9000, localhost [::1]:*"})
    assert found.fetch_places == {"127.0.0.1:9000", "localhost:*", "[::1]:*"}
    assert read(GOOD).fetch_places == frozenset()


def test_https_means_secure_cookies() -> None:
    found = read({**GOOD, "APP_BASE_URL": "https://convention.example:8443/"})
    assert (found.host, found.secure) == ("convention.example", True)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"APP_SECRT_KEY": "x"}, "APP_SECRT_KEY"),
        ({"APP_DATABASE_URL": ""}, "APP_DATABASE_URL"),
        ({"APP_REDIS_URL": ""}, "APP_REDIS_URL"),
        ({"APP_SECRET_KEY": ""}, "APP_SECRET_KEY"),
        ({"APP_SECRET_KEY": "short"}, "APP_SECRET_KEY"),
        ({"APP_SECRET_KEY": "a" * 64}, "APP_SECRET_KEY"),
        ({"APP_SECRET_KEY": "abcdefg" * 8}, "APP_SECRET_KEY"),
        ({"APP_BASE_URL": "convention.example"}, "APP_BASE_URL"),
        ({"APP_MAIL_URL": "http://mail"}, "APP_MAIL_URL"),
        ({"APP_BASE_URL": "https://"}, "APP_BASE_URL"),
        ({"APP_BASE_URL": "https://:8000"}, "APP_BASE_URL"),
        ({"APP_OPENID_ISSUER": "https://login.example.jp"}, "APP_OPENID_DOMAINS"),
        ({**OPENID, "APP_OPENID_DOMAINS": ""}, "APP_OPENID_DOMAINS"),
        ({**OPENID, "APP_OPENID_ISSUER": ""}, "APP_OPENID_ISSUER"),
        ({**OPENID, "APP_OPENID_ISSUER": "http://login.example.jp"}, "APP_OPENID_ISSUER"),
        ({"APP_BASE_URL": "http://["}, "APP_BASE_URL"),
        ({"APP_BASE_URL": "http://host:port"}, "APP_BASE_URL"),
        ({"APP_CONTACT": "desk@example.jp"}, "APP_CONTACT"),
        ({"APP_CONTACT": "http://example.jp/contact"}, "APP_CONTACT"),
        ({"APP_MAIL_FROM": "tickets"}, "APP_MAIL_FROM"),
        ({"APP_MAIL_FROM": "@example.jp"}, "APP_MAIL_FROM"),
        ({"APP_MAIL_FROM": "a@b@example.jp"}, "APP_MAIL_FROM"),
        ({"APP_MAIL_FROM": ""}, "APP_MAIL_FROM"),
        ({"APP_BOUNCE_ADDRESS": "bounces"}, "APP_BOUNCE_ADDRESS"),
        ({"APP_BOUNCE_ADDRESS": "bounces+x@example.jp"}, "APP_BOUNCE_ADDRESS"),
        ({"APP_BOUNCE_ADDRESS": f"{'b' * 17}@example.jp"}, "APP_BOUNCE_ADDRESS"),
        ({"APP_LOG_LEVEL": "chatty"}, "APP_LOG_LEVEL"),
        ({"APP_LOG_LEVEL": ""}, "APP_LOG_LEVEL"),
        ({"APP_POOL_SIZE": "0"}, "pool_size"),
        ({"APP_POOL_SIZE": "many"}, "pool_size"),
        ({"APP_DEMO": "perhaps"}, "demo"),
        ({"APP_FETCH_ALLOW_HOSTS": "127.0.0.1:9000"}, "APP_FETCH_ALLOW_HOSTS"),
        ({"APP_FETCH_ALLOW_HOSTS": "127.0.0.1", "APP_BASE_URL": "https://a.example.jp"}, "APP_FETCH_ALLOW_HOSTS"),
        ({"APP_FETCH_ALLOW_HOSTS": "127.0.0.1", "APP_BASE_URL": "https://latest"}, "APP_FETCH_ALLOW_HOSTS"),
        ({"APP_FETCH_ALLOW_HOSTS": "10.0.0.1:9000", "APP_DEMO": "true"}, "places of this machine"),
        ({"APP_FETCH_ALLOW_HOSTS": "city.example.jp", "APP_DEMO": "true"}, "places of this machine"),
        ({"APP_FETCH_ALLOW_HOSTS": "127.0.0.1:", "APP_SANDBOX": "var"}, "places of this machine"),
        ({"APP_FETCH_ALLOW_HOSTS": "*", "APP_SANDBOX": "var"}, "places of this machine"),
        ({"APP_APPLE_TEAM": "A1B2C3D4E5"}, "APP_APPLE_PASS_TYPE"),
        ({**APPLE, "APP_APPLE_CHAIN": ""}, "APP_APPLE_CHAIN"),
        ({**APPLE, "APP_APPLE_KEY": "/no/such/file"}, "APP_APPLE_KEY"),
        ({"APP_GOOGLE_WALLET_ISSUER": "1"}, "APP_GOOGLE_WALLET_ACCOUNT"),
        ({"APP_GOOGLE_WALLET_ACCOUNT": __file__}, "APP_GOOGLE_WALLET_ISSUER"),
        ({"APP_GOOGLE_WALLET_ISSUER": "1", "APP_GOOGLE_WALLET_ACCOUNT": "/no"}, "APP_GOOGLE_WALLET_ACCOUNT"),
    ],
)
def test_wrong_setting_is_named(change: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read({**GOOD, **change})


@pytest.mark.parametrize("name", sorted(GOOD))
def test_missing_setting_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read({key: value for key, value in GOOD.items() if key != name})


def test_secret_never_stands_in_the_message() -> None:
    with pytest.raises(SettingsError) as caught:
        read({**GOOD, "APP_SECRET_KEY": "hunter2hunter2"})
    assert "hunter2" not in str(caught.value)
