import asyncio

import uvloop
from py_asyncio import main

uvloop.install()
asyncio.run(main())
