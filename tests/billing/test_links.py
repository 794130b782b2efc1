"""Addresses of other sites: what is taken, and how it is written then."""

import pytest

from billing.links import outside_address

OURS = "https://billing.example.com"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("https://help.example.org", "https://help.example.org"),
        (" HTTPS://Help.Example.ORG./start?a=b#c ", "https://help.example.org/start?a=b#c"),
        ("help.example.org/contact", "https://help.example.org/contact"),
        ("https://help.example.org:8443/", "https://help.example.org:8443/"),
        (
            "https://hilfe.müller.example/größe?q=ä",
            "https://hilfe.xn--mller-kva.example/gr%C3%B6%C3%9Fe?q=%C3%A4",
        ),
        ("https://example.org/100%25", "https://example.org/100%25"),
        ("https://例え.テスト", "https://xn--r8jz45g.xn--zckzah"),
    ],
)
def test_an_address_is_written_in_one_way(typed, written):
    assert outside_address(typed, own_origin=OURS) == written
    assert outside_address(written, own_origin=OURS) == written


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "help",
        "http://help.example.org",
        "javascript:alert(1)",
        "https:/help.example.org",
        "data:text/html,x",
        "mailto:help@example.org",
        "ftp://help.example.org",
        "//help.example.org",
        "https://",
        "https://user@help.example.org",
        "https://user:secret@help.example.org",
        "https://help.example.org\\@evil.example",
        "https://help.example.org:0",
        "https://help.example.org:99999",
        "https://help.example.org/a b",
        'https://help.example.org/"onclick',
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://[::1]/",
        "https://[2001:db8::1]/",
        "https://localhost/",
        "https://billing.localhost/",
        "https://-a.example/",
        "https://a..example/",
        "https://straße.example/",
        "https://faß.de",
        "https://example.org/\x00",
        "https://example.org/" + "a" * 2000,
        "https://[oops",
    ],
)
def test_what_no_customer_may_be_led_to_is_refused(typed):
    assert outside_address(typed, own_origin=OURS) == ""


@pytest.mark.parametrize(
    "typed",
    ["http://127.0.0.1:8001/lumen", "http://localhost:8001", "https://[::1]:8443/x", "http://a.localhost/"],
)
def test_a_loopback_server_leads_to_loopback_too(typed):
    assert outside_address(typed, own_origin="http://127.0.0.1:8000") == typed
    assert outside_address(typed, own_origin=OURS) == ""


def test_a_loopback_server_takes_nothing_else_that_is_plain():
    assert outside_address("http://help.example.org", own_origin="http://127.0.0.1:8000") == ""
    assert outside_address("ftp://127.0.0.1/", own_origin="http://127.0.0.1:8000") == ""
