# The tutorial's server (its part five), with its formatting repaired. The argument is the port.
import socket
import sys

sk = socket.socket()
sk.bind(('127.0.0.1', int(sys.argv[1])))
sk.listen(5)
print(sk.getsockname()[1], flush=True)
while True:
    conn, address = sk.accept()
    conn.sendall(bytes('欢迎光临', encoding='utf-8'))
    while True:
        ret_bytes = conn.recv(1024)
        ret_str = str(ret_bytes, encoding='utf-8')
        if ret_str == 'q':
            break
        else:
            conn.sendall(bytes(ret_str + '好的', encoding='utf-8'))
    print(address, flush=True)
