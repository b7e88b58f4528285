"""How a gate stands: from its own words, whatever they are, and from what is kept of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gate.central.archive import JournalState, Report
from gate.central.standing import LEAVES, Standing, standing
from gate.wire import availability, topics
from gate.wire.availability import Presence
from tests.central.examples import NOON
from tests.wire.examples import ULID_A, ULID_B
from tests.wire.messages import TOLD

PLACE = ("jkt-01", "front")


def test_what_a_gate_says_of_itself_is_read() -> None:
    payloads = {leaf: TOLD[leaf].payload for leaf in (topics.STATE, topics.INFO)}
    payloads[topics.AVAILABILITY] = availability.encode(Presence.ONLINE, "boot-1", NOON)
    found = standing(PLACE, {leaf: Report(NOON, payload) for leaf, payload in payloads.items()}, [])
    state, info = json.loads(payloads[topics.STATE]), json.loads(payloads[topics.INFO])
    assert (found.presence, found.mode, list(found.health)) == ("online", state["mode"], state["health"])
    assert (found.version, found.trust_version) == (info["version"], info["trust"]["version"])
    assert found.trust_issued == datetime.fromisoformat(info["trust"]["issued"])
    assert found.certificate_until == datetime.fromisoformat(info["certificate_until"])
    assert (found.newest, found.missing, found.broken) == (None, 0, False)


def test_its_journals_are_put_together() -> None:
    source = "gate/v1/jkt-01/front"
    earlier = JournalState(source, ULID_A, 5, 9, 3, NOON - timedelta(days=1), NOON)
    later = JournalState(source, ULID_B, 7, 7, None, NOON, NOON)
    found = standing(PLACE, {}, [earlier, later])
    assert (found.newest, found.missing, found.broken) == (NOON, 4, True)


_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.just("2026-11-25")
    | st.just("0001-01-01T00:00:00+23:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["version", "issued"]), inner),
    max_leaves=6,
)
_WORDS = st.dictionaries(
    st.sampled_from(["mode", "health", "version", "trust", "certificate_until", "state", "boot"]), _ANYTHING
)


@given(
    st.dictionaries(
        st.sampled_from(LEAVES), _WORDS.map(lambda told: json.dumps(told).encode()) | st.binary(max_size=20)
    )
)
def test_whatever_it_says_is_no_failure(payloads: dict[str, bytes]) -> None:
    found = standing(PLACE, {leaf: Report(NOON, payload) for leaf, payload in payloads.items()}, [])
    assert isinstance(found, Standing)
    for moment in (found.trust_issued, found.certificate_until):
        assert moment is None or moment.tzinfo is UTC
