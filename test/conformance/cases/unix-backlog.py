import socket

from support import attempt, errno_name, say

listener = socket.socket(socket.AF_UNIX)
listener.bind("path")
listener.listen(0)
first = socket.socket(socket.AF_UNIX)
attempt("room for one", lambda: first.connect("path"))

s = socket.socket(socket.AF_UNIX)
s.setblocking(False)
attempt("without blocking", lambda: s.connect("path"))
say("connectEx", errno_name(s.connect_ex("path")))
s.settimeout(0.05)
say("connectEx with a timeout", errno_name(s.connect_ex("path")))

listener.accept()
attempt("once there is room", lambda: s.connect("path"))
listener.close()
attempt("a closed listener", lambda: socket.socket(socket.AF_UNIX).connect("path"))
