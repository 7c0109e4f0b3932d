"""Python's side of python.test.ts: packs and unpacks addresses under store.c, a job a line of JSON."""
import json
import os
import socket
import sys

STORE = os.environ["ADDRESS_STORE"]


def from_json(value):
    if isinstance(value, list):
        return tuple(from_json(one) for one in value)
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"]) if "hex" in value else int(value["int"])
    return value


def to_json(value, wide=False):
    if isinstance(value, tuple):
        # J1939's name is the one number that the other side has as a bigint.
        return [to_json(one, wide and at == 1) for at, one in enumerate(value)]
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    return {"int": str(value)} if wide else value


# Any socket will do; with all of the others given Python asks it for nothing.
fd = socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()
for line in sys.stdin:
    job = json.loads(line)
    sock = socket.socket(job["family"], socket.SOCK_DGRAM, job["proto"], fileno=fd)
    if "raw" in job:
        with open(STORE, "wb") as file:
            file.write(bytes.fromhex(job["raw"]))
    else:
        address = from_json(job["address"])
        is_sco = job["family"] == 31 and job["proto"] == 2  # bytes before Python 3.14
        sock.bind(address.encode() if is_sco else address)
    with open(STORE, "rb") as file:
        raw = file.read().hex()
    wide = job["family"] == socket.AF_CAN and job["proto"] == socket.CAN_J1939
    print(json.dumps({"raw": raw, "address": to_json(sock.getsockname(), wide)}))
    sock.detach()
