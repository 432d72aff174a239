"""What keeps a host and its relay apart is one clear line, and tried again where that helps."""

from __future__ import annotations

import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from samescreen.errors import is_out_of_date
from samescreen.publish.far import door
from samescreen.publish.far import reasons as far_reasons
from samescreen.publish.far.reasons import Failure as FarFailure
from samescreen.relay import reasons, via
from samescreen.relay.via import Lost
from tests.fakes import soon
from tests.relay.test_relay import PUBLISH_TOKEN, publishing, relay, sharing

NOT_YET, EXPIRED, UNKNOWN_AUTHORITY = 9, 10, 20


def refusal(code: int) -> aiohttp.ClientConnectorCertificateError:
    """As aiohttp raises it where OpenSSL refused a certificate."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    key = ConnectionKey("relay.example.org", 443, True, True, None, None, None)
    return aiohttp.ClientConnectorCertificateError(key, error)


@pytest.mark.parametrize("code", [NOT_YET, EXPIRED, UNKNOWN_AUTHORITY])
def test_a_clock_that_is_wrong_is_named_and_an_unknown_authority_is_another_line(code: int) -> None:
    is_old = code != UNKNOWN_AUTHORITY
    error = refusal(code)
    assert is_out_of_date(error.certificate_error) is is_old
    failure = via._failure_of(error)
    assert failure == (reasons.OUT_OF_DATE if is_old else reasons.NOT_TRUSTED)
    assert failure.is_final is not is_old, "the clock may be set meanwhile"
    with pytest.raises(FarFailure) as raised, door._AsFailures():
        raise error
    expected = far_reasons.OUT_OF_DATE if is_old else far_reasons.NOT_TRUSTED
    assert raised.value.reason == expected


@pytest.mark.parametrize("version", [0, 99])
async def test_a_host_of_another_version_is_told_once(
    version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(via, "PROTOCOL_VERSION", version)
    async with relay() as there, sharing() as here:
        url = f"http://127.0.0.1:{there.port}"
        async with publishing(here, url, PUBLISH_TOKEN) as news:
            await soon(lambda: bool(news), "an answer")
    assert news == [Lost(reasons.VERSION.why, None, was_open=False)]


async def test_a_relay_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes this host's version, and answers with one that this host does not know."""
    monkeypatch.setattr(via, "OLDEST_OF_PROGRAMS", 99)
    async with relay() as there, sharing() as here:
        url = f"http://127.0.0.1:{there.port}"
        async with publishing(here, url, PUBLISH_TOKEN) as news:
            await soon(lambda: bool(news), "an answer")
    assert news == [Lost(reasons.VERSION.why, None, was_open=False)]
