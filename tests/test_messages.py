"""Sentences in sentences: translated together, kept as plain data, cleaned."""

from __future__ import annotations

import json

import pytest

from nms.i18n import in_english, render
from nms.messages import as_data, from_data, spelled, verbatim, with_parameters
from nms.model import Message

FAN = Message("{component}: {state}", {"component": "sw-1 · Fan 1", "state": spelled("failed")})


@pytest.mark.parametrize(
    ("said", "spanish", "english"),
    [
        (spelled("open"), "abierto", "open"),
        (spelled("batteryLow"), "batería baja", "batteryLow"),
        (spelled("a word of a maker"), "a word of a maker", "a word of a maker"),
        (verbatim("open"), "open", "open"),
        (verbatim("{text} [b]"), "{text} [b]", "{text} [b]"),
        (FAN, "sw-1 · Fan 1: averiado", "sw-1 · Fan 1: failed"),
    ],
)
def test_words_of_ours_are_translated_and_what_a_device_says_is_not(said: Message, spanish: str, english: str) -> None:
    assert (render(said, "es"), render(said, "en"), in_english(said)) == (spanish, english, english)


def test_a_sentence_survives_as_plain_data_with_the_sentences_in_it() -> None:
    assert from_data(json.loads(json.dumps(as_data(FAN)))) == FAN
    assert from_data({"template": "{n} alerts", "params": {"n": 2}}) == Message("{n} alerts", {"n": 2})


def test_the_parameters_of_inner_sentences_are_cleaned_too() -> None:
    inner = Message("{missing} of {size} disks missing", {"missing": 1, "size": "2\x1b"})
    outer = Message("{component}: {state}", {"component": "md0\x1b", "state": inner})
    cleaned = with_parameters(outer, lambda one: one.replace("\x1b", "") if isinstance(one, str) else one)
    assert in_english(cleaned) == "md0: 1 of 2 disks missing"
