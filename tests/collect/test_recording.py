from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.collect.recording import Recording
from nms.transports.errors import LocalFault
from nms.transports.snmp.values import IpAddress, Oid

SNMPREC = rb"""1.3.6.1.2.1.1.1.0|4|Switch of the treasury
1.3.6.1.2.1.1.2.0|6|.1.3.6.1.4.1.9.1.1
1.3.6.1.2.1.1.3.0|67|12345
1.3.6.1.2.1.2.2.1.6.2|4x|00C0B7E18278
1.3.6.1.2.1.2.2.1.6.10|4x|
1.3.6.1.2.1.4.20.1.1.10.0.0.1|64x|0a000001
1.3.6.1.2.1.4.20.1.3.10.0.0.1|64|255.255.255.0
1.3.6.1.4.1.1.1.0|68x|9f7804429a0000
1.3.6.1.4.1.1.2.0|4e|a\x00b\nc
1.3.6.1.4.1.1.3.0|2x|ff
1.3.6.1.4.1.1.4.0|5|
1.3.6.1.4.1.1.5.0|70|18446744073709551615
not a line at all
1.3.6.1.4.1.1.6.0|2|twelve
1.3.6.1.4.1.1.7.0|4:numeric|rate=1
"""

SNMPWALK = rb""".1.3.6.1.2.1.1.1.0 = STRING: "Cisco IOS Software
Copyright (c) \"Cisco\"
Compiled"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.9.1.1
.1.3.6.1.2.1.1.3.0 = Timeticks: (41) 0:00:00.41
.1.3.6.1.2.1.2.2.1.5.1 = Gauge32: 1000000000
.1.3.6.1.2.1.2.2.1.6.1 = Hex-STRING: 00 C0 B7
E1 82 78
.1.3.6.1.2.1.2.2.1.8.1 = INTEGER: up(1)
.1.3.6.1.2.1.31.1.1.1.18.1 = ""
.1.3.6.1.2.1.4.20.1.1.10.0.0.1 = IpAddress: 10.0.0.1
.1.3.6.1.4.1.1.1.0 = Opaque: Float: 77.500000
.1.3.6.1.4.1.1.2.0 = BITS: 80 01 0 15
.1.3.6.1.4.1.1.3.0 = INTEGER: 250 milliseconds
.1.3.6.1.4.1.1.4.0 = No Such Instance currently exists at this OID
.1.3.6.1.4.1.1.5.0 = Weird: 7
.1.3.6.1.4.1.1.6.0 = No more variables left in this MIB View (It is past the end of the MIB tree)
"""


async def test_every_tag_of_an_snmprec_file_becomes_its_value() -> None:
    recording = Recording.parse(SNMPREC)
    values = await recording.walk("1.3.6.1")
    assert values["1.3.6.1.2.1.1.1.0"] == b"Switch of the treasury"
    assert values["1.3.6.1.2.1.1.2.0"] == Oid("1.3.6.1.4.1.9.1.1")
    assert isinstance(values["1.3.6.1.2.1.1.2.0"], Oid)
    assert values["1.3.6.1.2.1.2.2.1.6.2"] == bytes.fromhex("00C0B7E18278")
    assert values["1.3.6.1.2.1.2.2.1.6.10"] == b""
    assert values["1.3.6.1.2.1.4.20.1.1.10.0.0.1"] == IpAddress("10.0.0.1")
    assert values["1.3.6.1.4.1.1.1.0"] == 77.0
    assert values["1.3.6.1.4.1.1.2.0"] == b"a\0b\nc"
    assert values["1.3.6.1.4.1.1.3.0"] == -1
    assert values["1.3.6.1.4.1.1.5.0"] == 2**64 - 1
    assert "1.3.6.1.4.1.1.4.0" not in values
    assert recording.skipped == 3


async def test_the_output_of_snmpwalk_becomes_its_values() -> None:
    recording = Recording.parse(SNMPWALK)
    values = await recording.walk("1.3.6.1")
    assert values["1.3.6.1.2.1.1.1.0"] == b'Cisco IOS Software\nCopyright (c) "Cisco"\nCompiled'
    assert values["1.3.6.1.2.1.1.3.0"] == 41
    assert values["1.3.6.1.2.1.2.2.1.6.1"] == bytes.fromhex("00C0B7E18278")
    assert values["1.3.6.1.2.1.2.2.1.8.1"] == 1
    assert values["1.3.6.1.2.1.31.1.1.1.18.1"] == b""
    assert values["1.3.6.1.4.1.1.1.0"] == 77.5
    assert values["1.3.6.1.4.1.1.2.0"] == b"\x80\x01"
    assert values["1.3.6.1.4.1.1.3.0"] == 250
    assert recording.skipped == 1
    assert not {"1.3.6.1.4.1.1.4.0", "1.3.6.1.4.1.1.5.0", "1.3.6.1.4.1.1.6.0"} & set(values)


async def test_a_table_is_aligned_and_in_numeric_order() -> None:
    recording = Recording.parse(b"1.3.6.1.9.1.10|2|100\n1.3.6.1.9.1.2|2|20\n1.3.6.1.9.2.2|4|two\n1.3.6.1.9.10.1|2|0\n")
    table = await recording.table(["1.3.6.1.9.1", "1.3.6.1.9.2", "1.3.6.1.9.3"])
    assert table.indexes == ["2", "10"]
    assert table.columns == {"1.3.6.1.9.1": [20, 100], "1.3.6.1.9.2": [b"two", None]}


async def test_get_leaves_out_what_is_not_recorded() -> None:
    recording = Recording.parse(SNMPREC)
    assert await recording.get(["1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.99.0"]) == {"1.3.6.1.2.1.1.3.0": 12345}


def test_a_file_without_variables_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("shopping list\n")
    with pytest.raises(LocalFault, match="ninguna variable SNMP"):
        Recording.open(path)
    with pytest.raises(LocalFault, match="no se puede leer"):
        Recording.open(tmp_path / "missing")


@given(st.binary(max_size=400))
def test_no_content_makes_the_reader_fail(raw: bytes) -> None:
    Recording.parse(raw)


@given(st.lists(st.sampled_from(SNMPREC.split(b"\n") + SNMPWALK.split(b"\n")), max_size=30), st.binary(max_size=8))
def test_mixed_and_cut_lines_never_make_the_reader_fail(lines: list[bytes], tail: bytes) -> None:
    Recording.parse(b"\n".join(lines)[:-3] + tail)
