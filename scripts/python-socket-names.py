"""Prints, as JSON, what Python's `socket` module has.

These are its constants with their values, its other public names by kind, and the members of a socket:

    python3.13 scripts/python-socket-names.py > test/data/python-3.13-socket.json

The tests compare our constants with it, and docs/python.md is made from it. Which constants Python has depends on the
headers that it was built with: only a Python built with bluetooth's has BTPROTO_*, for instance.
"""

import json
import platform
import socket


def kind_of(value):
    if isinstance(value, type):
        return "class"
    return "function" if callable(value) else type(value).__name__


public = {name: getattr(socket, name) for name in sorted(dir(socket)) if not name.startswith("_")}
# To Python a bool is an int, but has_ipv6 is not one of the system's constants; the IntEnums are.
constants = {
    name: int(value) if isinstance(value, int) else value
    for name, value in public.items()
    if isinstance(value, (int, str)) and not isinstance(value, bool)
}
others = {name: kind_of(value) for name, value in public.items() if name not in constants}
members = [name for name in dir(socket.socket) if not name.startswith("_")]
result = {
    "python": platform.python_version(),
    "constants": constants,
    "others": others,
    "members": members,
}
print(json.dumps(result, indent=2))
