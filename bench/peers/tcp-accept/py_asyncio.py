import asyncio


class Close(asyncio.Protocol):
    def connection_made(self, transport):
        transport.close()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Close, "127.0.0.1", 0, backlog=512)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
