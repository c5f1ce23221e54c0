"""The floor: Starlette, uvicorn and httptools, which parse a JSON body and send it back."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def answer(request: Request) -> JSONResponse:
    return JSONResponse(await request.json() if request.method == "POST" else {})


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])]),
        port=int(sys.argv[1]),
        http="httptools",
        loop="asyncio",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="critical",
    )
