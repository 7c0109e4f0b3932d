"""Python's side of peers.test.ts: one exchange of the family that it is told to speak."""
import json
import socket
import sys


def from_json(address):
    return tuple(address) if isinstance(address, list) else address


def serve(sock, how):
    print(json.dumps(sock.getsockname()), flush=True)
    if how["connected"]:
        conn, who = sock.accept()
        conn.sendall(conn.recv(100).upper())
        conn.close()
    else:
        data, who = sock.recvfrom(100)
        sock.sendto(data.upper(), who)
    print(json.dumps(who), flush=True)


def ask(sock, how):
    to, data = from_json(how["to"]), bytes.fromhex(how["data"])
    if how["connected"]:
        sock.connect(to)
        sock.sendall(data)
        reply = sock.recv(100)
    else:
        sock.sendto(data, to)
        reply, _ = sock.recvfrom(100)
    print(reply.hex())


role, how = sys.argv[1], json.loads(sys.argv[2])
with socket.socket(how["family"], how["type"], how["proto"]) as sock:
    sock.settimeout(60)
    if how["bind"] is not None:
        sock.bind(from_json(how["bind"]))
    if role == "server" and how["listens"]:
        sock.listen()
    serve(sock, how) if role == "server" else ask(sock, how)
