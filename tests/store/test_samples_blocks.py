"""The codec gives back exactly what it was given, and notices what is not that."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nms.store.samples.blocks import DamagedBlock, Mask, Values, pack, seal, unpack, unseal
from nms.store.samples.chunks import Frame, Place, open_frame, seal_frame

PLACE = Place(0, 7, 1_700_000_000 // 3600 * 3600, 3600)
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)
_FLOATS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-1000, 1000, places=2).map(float),
    st.integers(-(2**53), 2**53).map(float),
    st.just(1e-9),
)
MATRICES = st.one_of(
    hnp.arrays(np.uint64, SHAPES),
    hnp.arrays(np.int64, SHAPES),
    hnp.arrays(np.float64, SHAPES, elements=_FLOATS),
)


def assert_round_trip(values: Values, present: Mask | None) -> None:
    block, _ = unpack(unseal(seal(pack(values, present), b"k"), b"k"))
    found, mask = block.all()
    right = np.ones(values.shape, np.bool_) if present is None else present
    assert found.dtype == values.dtype
    np.testing.assert_array_equal(mask, right)
    np.testing.assert_array_equal(found[right], values[right])
    for row in range(len(values)):
        one, known = block.row(row)
        np.testing.assert_array_equal(one[known], values[row][right[row]])


@given(MATRICES, st.data())
@settings(max_examples=150, deadline=None)
def test_a_matrix_comes_back_exactly_with_and_without_gaps(values: Values, data: st.DataObject) -> None:
    assert_round_trip(values, None)
    assert_round_trip(values, data.draw(hnp.arrays(np.bool_, values.shape)))


@given(
    st.lists(st.integers(0, 2**42), min_size=1, max_size=50, unique=True).map(sorted),
    st.lists(st.integers(1, 2**32 - 1), min_size=1, max_size=20, unique=True).map(sorted),
    st.lists(st.integers(1, 65_535), max_size=5, unique=True).map(tuple),
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_a_frame_comes_back_exactly(
    times: list[int], components: list[int], metrics: tuple[int, ...], restarted: bool
) -> None:
    stamps = np.array(times, np.int64)
    since = stamps // 2 if restarted else np.zeros_like(stamps)
    found = open_frame(seal_frame(Frame(stamps, since, np.array(components, np.uint32), metrics), PLACE), PLACE)
    np.testing.assert_array_equal(found.times, stamps)
    np.testing.assert_array_equal(found.since, since)
    assert found.components.tolist() == components
    assert found.metrics == metrics


@given(st.integers(0, 10_000), st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_every_flipped_bit_is_noticed(place: int, bit: int) -> None:
    blob = bytearray(seal(pack(np.arange(40, dtype=np.int64).reshape(4, 10) ** 3), b"key"))
    blob[place % len(blob)] ^= 1 << bit
    with pytest.raises(DamagedBlock):
        unseal(bytes(blob), b"key")


def test_a_block_in_the_wrong_place_is_noticed() -> None:
    blob = seal(pack(np.zeros((1, 1))), PLACE.key(3))
    with pytest.raises(DamagedBlock):
        unseal(blob, PLACE.key(4))


def test_rows_that_never_change_cost_next_to_nothing() -> None:
    still = np.full((1000, 1440), 123456789, np.int64)
    assert len(seal(pack(still), b"")) < 300


def test_a_steady_gauge_costs_a_fraction_of_a_byte() -> None:
    waves = np.round(20 + np.sin(np.arange(1440) / 100)[None] * np.ones((10, 1)), 1)
    assert len(seal(pack(waves), b"")) < waves.size * 0.2
    assert math.isclose(unpack(pack(waves))[0].row(3)[0][7], waves[3, 7])
