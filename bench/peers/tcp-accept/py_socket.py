import socket

listener = socket.create_server(("127.0.0.1", 0), backlog=512)
print("ready", listener.getsockname()[1], flush=True)
while True:
    conn, _ = listener.accept()
    conn.close()
