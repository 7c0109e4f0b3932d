import socket

from support import attempt, name, need_ipv6, say

need_ipv6()
listener = socket.socket(socket.AF_INET6)
listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
say("IPV6_V6ONLY", listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
listener.bind(("::", 0))
listener.listen()
port = name(listener.getsockname()[1], "listener")
say("listener", listener.getsockname())

client = socket.socket()
client.connect(("127.0.0.1", port))
server, address = listener.accept()
name(address[1], "client")
say("accept", address)
say("server", server.getsockname(), server.getpeername())

mapped = socket.socket(socket.AF_INET6)
mapped.connect(("::ffff:127.0.0.1", port))
say("a mapped peer", mapped.getpeername())

attempt("IPv4 on IPv6 alone", lambda: mapped.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1))
only = socket.socket(socket.AF_INET6)
only.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
attempt("a mapped address with IPV6_V6ONLY", lambda: only.connect(("::ffff:127.0.0.1", port)))
attempt("a name of the other family", lambda: socket.socket().connect(("::1", port)))
