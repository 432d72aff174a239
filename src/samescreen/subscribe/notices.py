"""The notices of a stream as messages to a page. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import StatusChanged, StreamName, StreamsChanged
from samescreen.media import TrackConfig
from samescreen.wire import messages
from samescreen.wire.messages import ToViewer
from samescreen.wire.outgoing import Outgoing, text


@lru_cache(maxsize=64)
def outgoing_of(notice: StatusChanged | StreamsChanged | TrackConfig) -> Outgoing:
    """The encoded message of a notice, built once for all viewers."""
    return text(message_of(notice))


def message_of(notice: StatusChanged | StreamsChanged | TrackConfig) -> ToViewer:
    """The message that carries this notice."""
    if isinstance(notice, StreamsChanged):
        return messages.Streams(stream_list(notice.streams), notice.watching)
    if isinstance(notice, StatusChanged):
        status = notice.status
        return messages.Status(
            stream=notice.stream_id, state=status.state, reason=status.reason, detail=status.detail
        )
    return config_message(notice)


def initial_state(stream: Stream) -> list[Outgoing]:
    """What a page must know before the stream's first packet."""
    status = StatusChanged(stream.stream_id, stream.status)
    return [outgoing_of(notice) for notice in (status, *stream.configs.values())]


def stream_list(streams: Iterable[StreamName]) -> list[messages.Stream]:
    """The streams as a message lists them."""
    return [messages.Stream(each.stream_id, each.name, each.track) for each in streams]


def config_message(config: TrackConfig) -> messages.Config:
    """The message that configures a page's decoder."""
    return messages.config_of(config)
