import socket
import sys

host, port = sys.argv[1].split(":")
message = b"a" * int(sys.argv[2])
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.connect((host, int(port)))
while True:
    sock.send(message)
