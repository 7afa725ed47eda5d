// A server of the load bench: the argument is its handler. It prints its port, and ends when its input does.
import express from "express";
import { Webhook } from "svix";

const webhook = new Webhook(process.env.WEBHOOK_SECRET);
const parses = process.argv[2] === "svix + JSON.parse";
const app = express();

app.post("/", express.raw({ type: "application/json" }), (request, response) => {
  try {
    webhook.verify(request.body, request.headers);
    if (parses) JSON.parse(request.body);
  } catch {
    response.status(400).end();
    return;
  }
  response.status(204).end();
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
