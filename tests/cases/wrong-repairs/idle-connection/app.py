# Prints "heard hello".
import socket
import threading
import time


def listen(address):
    connection = socket.create_connection(address)
    with connection:
        return connection.recv(100).decode()


def serve(server):
    connection, _ = server.accept()
    time.sleep(1)
    connection.sendall(b"hello")
    connection.close()


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,)).start()
        print("heard", listen(server.getsockname()))
