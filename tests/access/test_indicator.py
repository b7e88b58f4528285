"""The lamp and buzzer timeline."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gate.access.effects import Line
from gate.access.indicator import Indication, Tower
from gate.access.patterns import NS_PER_MS, Sign

MS = st.integers(0, 10_000).map(lambda ms: ms * NS_PER_MS)
VISITORS = st.sampled_from([sign for sign in Sign if not sign.startswith(("alarm", "escalated"))])
ALARMS = st.sampled_from([Sign.ALARM, Sign.ALARM_DRILL, Sign.ALARM_ESCALATED, Sign.ESCALATED_DRILL])
TOWERS = st.builds(
    Tower,
    st.builds(Indication, VISITORS, MS),
    st.none() | st.builds(Indication, VISITORS, MS),
    st.none() | st.builds(Indication, VISITORS, MS, MS),
    st.none() | st.builds(Indication, ALARMS, MS),
)


@given(TOWERS, st.integers(10_000, 20_000).map(lambda ms: ms * NS_PER_MS))
def test_nothing_changes_before_the_next_change(tower: Tower, now_ns: int) -> None:
    change_ns = tower.next_change(now_ns)
    end_ns = change_ns if change_ns is not None else now_ns + 60_000 * NS_PER_MS
    assert end_ns > now_ns
    for share in range(8):
        assert tower.light(now_ns + (end_ns - 1 - now_ns) * share // 7) == tower.light(now_ns)


@given(VISITORS, VISITORS)
def test_a_temporary_sign_falls_back_to_the_hold_and_that_to_the_mode(sign: Sign, held: Sign) -> None:
    mode, hold = Indication(Sign.UNLOCKED, 0), Indication(held, 0)
    tower = Tower(mode, hold, Indication(sign, 0, 5_000))
    assert tower.light(4_999) == Tower(Indication(sign, 0)).light(4_999)
    assert tower.light(5_000) == Tower(Indication(held, 5_000)).light(5_000), "seen and heard from its beginning"
    assert Tower(mode).light(5_000).lit == {Line.GREEN}


@given(TOWERS, ALARMS, st.integers(10_000, 20_000).map(lambda ms: ms * NS_PER_MS))
def test_no_other_sign_puts_out_an_alarm(tower: Tower, alarm: Sign, now_ns: int) -> None:
    calling = Tower(tower.permanent, tower.hold, tower.temporary, Indication(alarm, 0))
    assert Tower(Indication(alarm, 0)).light(now_ns).lit <= calling.light(now_ns).lit
