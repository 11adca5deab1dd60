import pytest

from whatsapp.signature import matching_secret, sign, well_formed

EMPTY = b'{"object":"whatsapp_business_account","entry":[]}'
SPACED = b'{"object": "whatsapp_business_account", "entry": []}'


@pytest.mark.parametrize(
    ("secret", "body", "digest"),
    [
        (
            "test_app_secret",
            EMPTY,
            "dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756",
        ),
        (
            "test_app_secret",
            SPACED,
            "56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a",
        ),
        ("otro_secreto", EMPTY, "769b03d8c2ae6498f2d1e1f7299c0ba55448c69d741e7b0bb243d852d8a8d8c7"),
    ],
)
def test_known_signatures(secret: str, body: bytes, digest: str) -> None:
    assert sign(secret, body) == f"sha256={digest}"


def test_any_of_several_secrets_may_have_signed() -> None:
    header = sign("new", EMPTY)
    assert matching_secret(header, EMPTY, ["old", "new"]) == 1
    assert matching_secret(header, EMPTY, ["old"]) is None
    assert matching_secret(header, SPACED, ["new"]) is None
    assert matching_secret(header, EMPTY, []) is None


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha1=" + "0" * 40, "sha256=" + "G" * 64])
def test_headers_that_cannot_be_signatures(header: str | None) -> None:
    assert not well_formed(header)
