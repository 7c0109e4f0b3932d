"""What the scripts under cases/ share. support.ts is the same in TypeScript, name by name.

A script prints lines. Values read the same in both languages, an error is its errno's name, and a
number or name that differs from run to run is given a label by `name`, and printed as that label.
"""

import errno
import json
import os
import socket
import subprocess
import sys
import time

# What our contract has in place of Python's ValueError, and of its errors that have no errno.
CONTRACT = {
    "dualstack_ipv6 requires AF_INET6 family": "TypeError",
    "AF_UNIX path too long": "RangeError",
    "getsockopt buflen out of range": "RangeError",
    "illegal IP address string passed to inet_aton": "EINVAL",
    "illegal IP address string passed to inet_pton": "EINVAL",
    "packed IP wrong length for inet_ntoa": "RangeError",
    "service/proto not found": "ENOENT",
    "port/proto not found": "ENOENT",
    "protocol not found": "ENOENT",
    "no interface with this name": "ENODEV",
}

# The values of h_errno as in our contract: by the getaddrinfo code of the same meaning.
HERROR = {1: "EAI_NONAME", 2: "EAI_AGAIN", 3: "EAI_FAIL", 4: "EAI_NODATA"}

# Pairs of names for one number: which of the two a library prints says nothing about its behaviour.
ALIASES = {"ENOTSUP": "EOPNOTSUPP", "EWOULDBLOCK": "EAGAIN"}

labels = {}


def name(value, label):
    """From here on `value` is printed as <label>."""
    labels[value] = f"<{label}>"
    return value


def show(value):
    if isinstance(value, socket.socket):
        return "socket"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(show, value)) + "]"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if value in labels:
        return labels[value]
    if isinstance(value, bytes):
        plain = all(0x20 <= byte < 0x7F for byte in value)
        return f'b"{value.decode("ascii")}"' if plain else f"b:{value.hex()}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:.12g}" if isinstance(value, float) else str(int(value))


def error_name(error):
    if str(error) in CONTRACT:
        return CONTRACT[str(error)]
    if isinstance(error, socket.gaierror):
        eai = [n for n in sorted(dir(socket)) if n.startswith("EAI_")]
        return next(n for n in eai if getattr(socket, n) == error.errno)
    if isinstance(error, socket.herror):
        return HERROR[error.errno]
    if isinstance(error, TimeoutError) and error.errno is None:
        return "timeout"
    if isinstance(error, OSError):
        return errno_name(error.errno)
    if isinstance(error, TypeError):
        return "TypeError"
    if isinstance(error, (ValueError, OverflowError)):
        return "RangeError"
    if isinstance(error, ExceptionGroup):
        return f"all of [{', '.join(map(error_name, error.exceptions))}]"
    raise error


def errno_name(number):
    """The name of the errno that connect_ex returns, 0 for none."""
    code = errno.errorcode.get(number, str(number))
    return ALIASES.get(code, code)


def say(label, *values):
    print(f"{label}: {' '.join(map(show, values))}", flush=True)


def attempt(label, call):
    """Calls, and prints the result, or the name of the error."""
    try:
        value = call()
    except Exception as error:
        print(f"{label}: throws {error_name(error)}", flush=True)
        return None
    print(f"{label}: {'ok' if value is None else show(value)}", flush=True)
    return value


def unix_name(address):
    """Python gives abstract names as bytes, and other bytes as surrogates; ours are strings if they are UTF-8."""
    raw = os.fsencode(address) if isinstance(address, str) else address
    try:
        return raw if raw is None else raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw


def unused_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return name(s.getsockname()[1], "unused")


def bound(kind, host="127.0.0.1", label="bound"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    s = socket.socket(family, kind)
    s.bind((host, 0))
    name(s.getsockname()[1], label)
    return s


def listening(host="127.0.0.1", backlog=8):
    s = bound(socket.SOCK_STREAM, host, "listener")
    s.listen(backlog)
    return s


def tcp_pair():
    with listening() as listener:
        client = socket.socket()
        client.connect(listener.getsockname())
        server, address = listener.accept()
        name(address[1], "client")
        return client, server


def abstract(label):
    """An abstract Unix name that no other process has."""
    return name(f"\0berkeley-{os.getpid()}-{label}", label)


def peer(*words):
    """Starts the other side in a process of its own: see peer.py."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")
    return subprocess.Popen([sys.executable, script, *map(str, words)])


def wait_for_path(path):
    while not os.path.exists(path):
        time.sleep(0.01)


def skip(missing):
    """Ends the script, since the machine lacks what it is about."""
    print(f"skip: {missing}", flush=True)
    sys.exit(0)


def need_ipv6():
    try:
        bound(socket.SOCK_DGRAM, "::1").close()
    except OSError:
        skip("IPv6 on the loopback interface")
