"""Three RabbitMQ 4 on the loopback, each in a process of its own that can be killed and started again."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.broker import HOST, free_port

HERE = Path(__file__).parent
NODES = 3
PATIENCE_S = 90
_LOOK_S = 0.2
_CONFIG = """
listeners.tcp = none
mqtt.listeners.tcp.1 = {host}:{port}
mqtt.allow_anonymous = true
mqtt.durable_queue_type = quorum
mqtt.prefetch = 100
mqtt.max_session_expiry_interval_seconds = 604800
cluster_formation.peer_discovery_backend = classic_config
{nodes}
cluster_formation.target_cluster_size_hint = {count}
cluster_partition_handling = pause_minority
disk_free_limit.absolute = 50MB
log.file.level = warning
"""
"""Sessions in quorum queues: each is on every node, and outlives one."""
_VARIABLES = """
HOME=/node
ERL_EPMD_ADDRESS={host}
ERL_EPMD_PORT={epmd}
RABBITMQ_NODENAME={name}@localhost
RABBITMQ_DIST_PORT={dist}
RABBITMQ_CONFIG_FILE=/node/{name}.conf
RABBITMQ_ENABLED_PLUGINS_FILE=/node/enabled_plugins
RABBITMQ_MNESIA_BASE=/node/{name}
RABBITMQ_LOG_BASE=/node/{name}-log
RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-setcookie gate -kernel inet_dist_use_interface {{127,0,0,1}} +S 1:1 +sbwt none"
RABBITMQ_CTL_ERL_ARGS="-setcookie gate"
"""


@dataclass(slots=True)
class Cluster:
    """The nodes by number, from 0 on; ``ports`` are where they speak MQTT."""

    root: Path
    folder: Path
    ports: list[int] = field(default_factory=lambda: [free_port() for _ in range(NODES)])
    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    _names: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start them, and wait until they are one cluster."""
        epmd = free_port()
        nodes = [f"gate{number}" for number in range(NODES)]
        listed = "\n".join(
            f"cluster_formation.classic_config.nodes.{number} = {name}@localhost"
            for number, name in enumerate(nodes, 1)
        )
        (self.folder / "enabled_plugins").write_text("[rabbitmq_mqtt].\n")
        for name, port in zip(nodes, self.ports, strict=True):
            config = _CONFIG.format(host=HOST, port=port, nodes=listed, count=NODES)
            (self.folder / f"{name}.conf").write_text(config)
            variables = _VARIABLES.format(host=HOST, epmd=epmd, name=name, dist=free_port())
            (self.folder / f"{name}.env").write_text(variables)
        self._names = self._run("gate0", "epmd", "-address", HOST, "-port", str(epmd))
        for number in range(NODES):
            self.start(number)
        for number in range(NODES):
            self.await_ready(number)
        self._control("await_online_nodes", str(NODES))

    def start(self, number: int) -> None:
        """Start a node; ``await_ready`` waits for it."""
        self._running[number] = self._run(f"gate{number}", "/usr/lib/rabbitmq/bin/rabbitmq-server")

    def await_ready(self, number: int) -> None:
        """Until it speaks MQTT."""
        until_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection((HOST, self.ports[number]), timeout=1).close()
            except OSError:
                assert self._running[number].poll() is None, self.told(number)
                assert time.monotonic() < until_s, self.told(number)
                self._pause(number)
            else:
                return

    def kill(self, number: int) -> None:
        """As a power cut of one machine does it."""
        process = self._running.pop(number)
        process.kill()
        process.wait(10)

    def end(self) -> None:
        """Kill everything."""
        for number in list(self._running):
            self.kill(number)
        if self._names is not None:
            self._names.kill()
            self._names.wait(10)

    def told(self, number: int) -> str:
        """The last lines of a node."""
        return (self.folder / f"gate{number}.out").read_text(errors="replace")[-2000:]

    def pids(self) -> list[int]:
        """The processes in which the nodes run."""
        return [process.pid for process in self._running.values()]

    def _control(self, *words: str) -> str:
        done = self._run("gate0", "/usr/lib/rabbitmq/bin/rabbitmqctl", "-q", *words)
        assert done.wait(PATIENCE_S) == 0, self.told(0)
        return self.told(0)

    def _run(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.out").open("ab") as out:
            return subprocess.Popen(
                [HERE / "run_node.sh", self.root, self.folder, name, *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    def _pause(self, number: int) -> None:
        """A moment, or until the node ends."""
        try:
            self._running[number].wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            return


@contextmanager
def running(root: Path, folder: Path) -> Iterator[Cluster]:
    """A cluster that is ready, killed with the block."""
    cluster = Cluster(root, folder)
    try:
        cluster.begin()
        yield cluster
    finally:
        cluster.end()
