# The tutorial's client (its part five), with its formatting repaired. The argument is the port.
import socket
import sys

obj = socket.socket()
obj.connect(('127.0.0.1', int(sys.argv[1])))
strs = obj.recv(1024)
print(str(strs, encoding='utf-8'))
while True:
    inp = input('请输入要发送的内容')
    if inp == 'q':
        obj.sendall(bytes(inp, encoding='utf-8'))
        break
    else:
        obj.sendall(bytes(inp, encoding='utf-8'))
        ret = str(obj.recv(1024), encoding='utf-8')
        print(ret)
