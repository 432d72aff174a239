"""Output that never waits: bounded, counted, in order; of status lines the newest."""

from __future__ import annotations

import errno
import io
import os
import threading
from collections.abc import Iterator

import pytest

from samescreen.cli.console import plain_console
from samescreen.cli.outlet import MAX_KEPT, MAX_WAITING, Outlet
from samescreen.cli.status_line import fitted
from samescreen.cli.streams import columns, erase_rows, write_all
from tests.stage.timing import MS, eventually


class Reader:
    """Takes what an outlet sends, unless it is held."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.is_asked = threading.Event()
        self.taken = io.BytesIO()

    def take(self, chunk: bytes) -> None:
        self.is_asked.set()
        assert self.may_go_on.wait(10_000 * MS)
        self.taken.write(chunk)

    def hold(self, outlet: Outlet) -> None:
        """Be stuck within one write from now on."""
        self.may_go_on.clear()
        self.is_asked.clear()
        outlet.write("first\n")
        assert self.is_asked.wait(5000 * MS)

    @property
    def text(self) -> str:
        return self.taken.getvalue().decode()


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.may_go_on.set()


def test_lines_come_in_order(reader: Reader) -> None:
    outlet = Outlet(reader.take, "utf-8")
    for number in range(100):
        print(number, file=outlet)
    assert outlet.finish(5.0)
    assert reader.text == "".join(f"{number}\n" for number in range(100))


def test_without_a_reader_a_bounded_part_waits_and_the_rest_is_counted(
    reader: Reader,
) -> None:
    outlet = Outlet(reader.take, "utf-8")
    reader.hold(outlet)
    line = "x" * 99 + "\n"
    kept = MAX_WAITING // len(line)
    for _ in range(kept + 1000):
        outlet.write(line)
    assert not outlet.finish(0.0)
    reader.may_go_on.set()
    assert outlet.finish(5.0)
    notice = "samescreen: 1000 lines are missing here: nothing read the output\n"
    assert reader.text == "first\n" + line * kept + notice
    outlet.write("afterwards\n")
    assert outlet.finish(5.0)
    assert reader.text.endswith("output\nafterwards\n")


def test_lines_that_are_kept_outlive_all_others(reader: Reader) -> None:
    outlet = Outlet(reader.take, "utf-8")
    reader.hold(outlet)
    outlet.write("x" * MAX_WAITING)
    outlet.write("lost\n")
    outlet.write_kept("an act\n")
    line = "y" * 1023 + "\n"
    for _ in range(MAX_KEPT // len(line) + 9):
        outlet.write_kept(line)
    reader.may_go_on.set()
    assert outlet.finish(5.0)
    assert "1 lines are missing here" in reader.text
    assert "an act\n" in reader.text
    # The first act takes some of the room, so ten lines find none.
    assert reader.text.endswith(
        "samescreen: 10 lines of the audit are missing here: nothing read the output\n"
    )
    outlet.write_kept("afterwards\n")
    assert outlet.finish(5.0)
    assert reader.text.endswith("output\nafterwards\n")


def test_a_status_of_several_lines_is_erased_by_its_rows(reader: Reader) -> None:
    outlet = Outlet(reader.take, "utf-8", erase="<", erase_rows=lambda drawn: f"<{len(drawn)}>")
    assert outlet.has_cursor
    outlet.status("one\ntwo")
    eventually(lambda: reader.text == "one\ntwo", what="the status")
    outlet.write("a line\n")
    eventually(lambda: reader.text == "one\ntwo<7>a line\none\ntwo", what="the status again")


@pytest.mark.parametrize(
    ("drawn", "width", "rows"),
    [("one", 80, 1), ("one\ntwo\n", 80, 3), ("x" * 79, 40, 2), ("\x1b[1m会议\x1b[0m", 4, 1)],
)
def test_the_rows_of_a_status_count_lines_that_the_terminal_has_broken(
    monkeypatch: pytest.MonkeyPatch, drawn: str, width: int, rows: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    one_row = "\r\x1b[K"
    assert erase_rows(drawn) == (one_row if rows == 1 else f"\r\x1b[{rows - 1}A\x1b[J")


def test_of_the_status_only_the_newest_is_drawn(reader: Reader) -> None:
    outlet = Outlet(reader.take, "utf-8", erase="<")
    reader.hold(outlet)
    for number in range(1000):
        outlet.status(f"status {number}")
    reader.may_go_on.set()
    eventually(lambda: "status" in reader.text, what="a status")
    outlet.write("a line\n")
    assert outlet.finish(5.0)
    # The line and the end of the status may be taken together.
    assert reader.text in (
        "first\nstatus 999<a line\nstatus 999<",
        "first\nstatus 999<a line\n",
    )


def test_out_of_turn_no_status_is_drawn_or_erased(reader: Reader) -> None:
    is_ours = True
    outlet = Outlet(reader.take, "utf-8", erase="<", is_ours=lambda: is_ours)
    outlet.status("one")
    eventually(lambda: reader.text == "one", what="the status")
    is_ours = False
    outlet.status("two")
    outlet.write("a line\n")
    eventually(lambda: reader.text == "onea line\n", what="the line alone")
    is_ours = True
    outlet.status("three")
    eventually(lambda: reader.text == "onea line\nthree", what="the status again")


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "cp437", "latin-1", "utf-16"])
def test_what_an_encoding_lacks_is_spelled_or_replaced(reader: Reader, encoding: str) -> None:
    outlet = Outlet(reader.take, encoding)
    outlet.write("✓ a · 1280×720 ")
    outlet.write("\udce9 👍\n")
    assert outlet.finish(5.0)
    assert outlet.fault is None
    shown = reader.taken.getvalue().decode(encoding)
    assert shown.startswith(("+ a ", "✓ a "))
    assert shown.endswith("\n")
    assert "?" in shown
    assert outlet.can_show("plain")
    assert outlet.can_show("█") is (encoding in ("gbk", "cp437", "utf-16"))


@pytest.mark.parametrize(
    ("error", "is_over"), [(BrokenPipeError(errno.EPIPE, ""), True), (OSError(28, ""), False)]
)
def test_a_fault_is_reported_once_and_ends_nothing(error: OSError, is_over: bool) -> None:
    faults: list[OSError] = []
    sent: list[bytes] = []

    def send(chunk: bytes) -> None:
        sent.append(chunk)
        raise error

    outlet = Outlet(send, "utf-8")
    outlet.on_fault = faults.append
    for _ in range(3):
        outlet.write("line\n")
        assert outlet.finish(5.0)
    assert faults == [error]
    assert len(sent) == (1 if is_over else 3)


def test_bytes_are_refused_as_by_any_text_stream(reader: Reader) -> None:
    with pytest.raises(TypeError):
        Outlet(reader.take, "utf-8").write(b"")  # type: ignore[arg-type]


def test_a_pipe_that_another_program_made_impatient() -> None:
    receiving, sending = os.pipe()
    os.set_blocking(sending, False)
    chunk = b"x" * 300_000  # more than any pipe holds
    writer = threading.Thread(target=write_all, args=(sending, chunk), daemon=True)
    writer.start()
    try:
        got = 0
        while got < len(chunk):
            got += len(os.read(receiving, 65536))
        writer.join(5000 * MS)
        assert not writer.is_alive()
    finally:
        os.close(receiving)
        os.close(sending)


@pytest.mark.parametrize("width", ["0", "-3", "wide", "1", "1000000"])
def test_a_link_is_printed_whole_whatever_the_width(
    monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert columns() > 0
    printed = io.StringIO()
    link = "http://192.168.1.20:9000/#token=" + "x" * 100
    plain_console(printed).print(link)
    assert printed.getvalue() == f"{link}\n"


def test_a_status_is_cut_to_the_cells_of_the_terminal() -> None:
    assert fitted("会议 1", 80) == "会议 1"
    assert fitted("会议会议", 5) == "会议"
    assert fitted("words", 0) == ""
