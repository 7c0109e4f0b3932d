import socket
import sys

PROTOCOL = 253
host = sys.argv[1].split(":")[0]
message = b"a" * int(sys.argv[2])
sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, PROTOCOL)
sock.connect((host, 0))
while True:
    sock.send(message)
