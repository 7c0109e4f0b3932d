import socket

from support import attempt, listening, say


def close_on_exec(s):
    with open(f"/proc/self/fdinfo/{s.fileno()}") as info:
        flags = next(line for line in info if line.startswith("flags:"))
    return int(flags.split()[1], 8) & 0o2000000 != 0


listener = listening()
client = socket.socket()
client.connect(listener.getsockname())
server, _ = listener.accept()
a, b = socket.socketpair()
copied = socket.fromfd(a.fileno(), a.family, a.type)
for label, s in {
    "socket": client, "listener": listener, "accept": server, "pair": a, "pair's other": b,
    "dup": a.dup(), "fromfd": copied, "fileno": socket.socket(fileno=socket.dup(a.fileno())),
}.items():
    say(label, s.get_inheritable(), close_on_exec(s))

attempt("set", lambda: a.set_inheritable(True))
say("then", a.get_inheritable(), close_on_exec(a))
say("dup of an inheritable one", a.dup().get_inheritable())
attempt("set back", lambda: a.set_inheritable(False))
say("then", a.get_inheritable(), close_on_exec(a))
