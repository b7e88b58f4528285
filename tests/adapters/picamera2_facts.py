"""What the camera adapter relies on in picamera2, one function for each fact.

Run against the double of the tests, and in the system tier against the real module on libcamera's virtual camera: so it
imports neither of them, nor pytest.  ``kind`` is the class; a fact fails by ``AssertionError``.
"""

from __future__ import annotations

import inspect
import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SIZE, SMALL = (320, 240), (160, 120)
LONG_S = 10.0

Shoot = Callable[[], object]
"""Makes the camera give a picture; nothing where it does so by itself."""


class Taker:
    """Takes what ``process_requests`` would show; it keeps what it is told to."""

    def __init__(self, look: Callable[[Any], object] = lambda _: None) -> None:
        self.look = look
        self.count = 0

    def render_request(self, request: Any) -> None:
        self.count += 1
        self.look(request)


@contextmanager
def running(kind: Any, **changes: Any) -> Iterator[Any]:
    camera = kind()
    try:
        wanted: dict[str, Any] = {
            "main": {"size": SIZE, "format": "YUV420"},
            "lores": {"size": SMALL, "format": "YUV420"},
        }
        camera.configure(camera.create_video_configuration(**(wanted | {"raw": None, "queue": False} | changes)))
        camera.start(show_preview=None)
        yield camera
    finally:
        camera.close()


def driven(camera: Any, taker: Taker, shoot: Shoot, frames: int) -> None:
    """Be the event loop until so many frames have come."""
    while taker.count < frames:
        shoot()
        ready, _, _ = select.select([camera.notifyme_r], [], [], LONG_S)
        assert ready, "no request came"
        camera.notifymeread.read()
        camera.process_requests(taker)


def raised(error: type[Exception], work: Callable[[], object]) -> Exception:
    try:
        work()
    except error as told:
        return told
    raise AssertionError(f"{error.__name__} was not raised")


def cameras_are_listed_without_opening_one(kind: Any, _: Shoot) -> None:
    listed = kind.global_camera_info()
    assert isinstance(listed, list)
    assert len(listed) >= 1
    with running(kind):
        assert len(kind.global_camera_info()) == len(listed)


def a_number_too_high_raises_and_leaves_the_pipe_open(kind: Any, _: Shoot) -> None:
    camera = kind.__new__(kind)
    told = raised(RuntimeError, lambda: camera.__init__(99))
    assert "99" in str(told)
    assert not camera.notifymeread.closed
    camera.notifymeread.close()
    os.close(camera.notifyme_w)


def a_camera_in_use_raises_names_it_at_the_bottom_and_leaves_the_pipe_open(kind: Any, _: Shoot) -> None:
    with running(kind):
        camera = kind.__new__(kind)
        told = raised(RuntimeError, camera.__init__)
        assert "busy" in str(told.__cause__).lower()
        assert camera.is_open is False
        camera.close()
        assert not camera.notifymeread.closed
        camera.notifymeread.close()
        os.close(camera.notifyme_w)


def the_pipe_is_a_descriptor_that_does_not_block(kind: Any, _: Shoot) -> None:
    with running(kind) as camera:
        assert os.get_blocking(camera.notifyme_r) is False


def each_round_shows_the_newest_request_and_takes_it_back(kind: Any, shoot: Shoot) -> None:
    kept: list[Any] = []
    with running(kind) as camera:
        driven(camera, Taker(kept.append), shoot, 8)  # more than there are buffers: each was given back
        assert kept[0].request is None
        raised(RuntimeError, kept[0].acquire)
        raised(RuntimeError, kept[0].release)


def a_picture_has_its_rows_of_colour_below_and_its_y_plane_above(kind: Any, shoot: Shoot) -> None:
    shapes: dict[str, Any] = {}

    def measured(request: Any) -> None:
        for name in ("main", "lores"):
            shapes[name] = request.make_array(name).shape
        raised(RuntimeError, lambda: request.make_array("raw"))

    with running(kind) as camera:
        driven(camera, Taker(measured), shoot, 1)
        for name, (rows, columns) in shapes.items():
            given = camera.camera_configuration()[name]
            width, height = given["size"]
            assert rows == height * 3 // 2
            assert columns in {width, given["stride"]}


def the_metadata_has_the_time_of_the_sensor_in_ns(kind: Any, shoot: Shoot) -> None:
    times: list[Any] = []
    with running(kind) as camera:
        driven(camera, Taker(lambda request: times.append(request.get_metadata()["SensorTimestamp"])), shoot, 3)
    assert all(isinstance(one, int) for one in times)
    assert times == sorted(times)


def the_configuration_says_what_libcamera_made_of_it(kind: Any, _: Shoot) -> None:
    with running(kind) as camera:
        for name in ("main", "lores"):
            assert {"format", "size", "stride"} <= camera.camera_configuration()[name].keys()


def a_stream_with_an_unknown_key_is_refused(kind: Any, _: Shoot) -> None:
    with running(kind) as camera:
        raised(ValueError, lambda: camera.create_video_configuration(main={"sizes": SIZE}))


def it_is_not_configured_while_it_runs(kind: Any, _: Shoot) -> None:
    with running(kind) as camera:
        config = camera.camera_configuration()
        raised(RuntimeError, lambda: camera.configure(config))


def a_control_that_the_camera_does_not_have_is_refused(kind: Any, _: Shoot) -> None:
    camera = kind()
    try:
        assert "Nonsense" not in camera.camera_controls
        config = camera.create_video_configuration(main={"size": SIZE}, raw=None, controls={"Nonsense": 1})
        raised(RuntimeError, lambda: camera.configure(config))
    finally:
        camera.close()


def it_can_be_closed_twice_and_opened_again(kind: Any, shoot: Shoot) -> None:
    for _ in range(2):
        with running(kind) as camera:
            driven(camera, Taker(), shoot, 1)
            camera.close()
        assert camera.notifymeread.closed


def a_stop_waits_for_no_request(kind: Any, _: Shoot) -> None:
    with running(kind) as camera:
        camera.stop()
        assert camera.started is False


FACTS = (
    cameras_are_listed_without_opening_one,
    a_number_too_high_raises_and_leaves_the_pipe_open,
    a_camera_in_use_raises_names_it_at_the_bottom_and_leaves_the_pipe_open,
    the_pipe_is_a_descriptor_that_does_not_block,
    each_round_shows_the_newest_request_and_takes_it_back,
    a_picture_has_its_rows_of_colour_below_and_its_y_plane_above,
    the_metadata_has_the_time_of_the_sensor_in_ns,
    the_configuration_says_what_libcamera_made_of_it,
    a_stream_with_an_unknown_key_is_refused,
    it_is_not_configured_while_it_runs,
    a_control_that_the_camera_does_not_have_is_refused,
    it_can_be_closed_twice_and_opened_again,
    a_stop_waits_for_no_request,
)


def shape_of(kind: Any) -> dict[str, list[str]]:
    """The parameters of every method that the adapter calls."""
    methods = ("__init__", "create_video_configuration", "configure", "start", "process_requests", "stop", "close")
    return {name: list(inspect.signature(getattr(kind, name)).parameters) for name in methods}
