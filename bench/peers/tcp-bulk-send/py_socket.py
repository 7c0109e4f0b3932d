import socket
import sys

host, port = sys.argv[1].split(":")
message = b"a" * int(sys.argv[2])
conn = socket.create_connection((host, int(port)))
while True:
    conn.sendall(message)
