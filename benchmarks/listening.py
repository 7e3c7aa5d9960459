"""The processes that answer at a port of this machine, and the processor time that they have spent."""

from collections import Counter

import psutil


def find_listeners(port: int) -> list[psutil.Process]:
    """All that hold the listening socket; none where they belong to somebody else."""
    return [process for process in psutil.process_iter() if is_listening(process, port)]


def is_listening(process: psutil.Process, port: int) -> bool:
    try:
        sockets = process.net_connections(kind="tcp")
    except psutil.Error:
        return False
    return any(socket.status == psutil.CONN_LISTEN and socket.laddr.port == port for socket in sockets)


def spent_by(listeners: list[psutil.Process]) -> float:
    """Processor seconds of these, their children, and the children of theirs that have ended."""
    processes = set(listeners)
    for process in listeners:
        try:
            processes.update(process.children(recursive=True))
        except psutil.NoSuchProcess:
            continue
    return sum(read_spent(process) for process in processes)


def read_spent(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0  # its parent has it now
    return times.user + times.system + times.children_user + times.children_system


def describe(listeners: list[psutil.Process]) -> str:
    """How many of which name, so that a reader sees whether the peer's work was counted or a proxy's."""
    counted = Counter(process.name() for process in listeners)
    return ", ".join(f"{number} {name}" for name, number in counted.items()) or "not to be seen"
