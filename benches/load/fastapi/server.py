"""A server of the load bench: the argument is its handler. It prints its port, and ends when its input does."""

import json
import os
import socket
import sys
import threading

import uvicorn
from fastapi import FastAPI, Request, Response
from svix.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
parses = sys.argv[1] == "svix + json.loads"
app = FastAPI()


@app.post("/")
async def receive(request: Request) -> Response:
    body = await request.body()
    try:
        webhook.verify(body, request.headers)
        if parses:
            json.loads(body)
    except (WebhookVerificationError, ValueError):
        return Response(status_code=400)
    return Response(status_code=204)


def end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
print(listener.getsockname()[1], flush=True)
config = uvicorn.Config(app, loop="uvloop", http="httptools", log_level="warning", access_log=False)
uvicorn.Server(config).run(sockets=[listener])
