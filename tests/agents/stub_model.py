"""A model that follows a script, for real agents: a small server that speaks as OpenAI's chat completions do.

    stub_model.py [--file NAME] [--tool NAME] [--text TEXT] [--hang STEP]

It prints its port, and serves on loopback until its standard input ends. The first answer of a conversation calls the
agent's tool for reading a file, the second the one for writing it (some agents write no file that they have not read),
and the third says a sentence and ends. With --tool, there is that one call alone. With --hang, the answer after so many
calls never comes, and the request stays open. Nothing here is needed but Python's standard library. What each request
offered is written to the standard error.
"""

import argparse
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What agents call the tools that read and write a whole file, and how their arguments are called.
READERS = ["read_file", "read", "Read", "read_text_file"]
WRITERS = ["write_file", "write", "Write", "create_file"]
PATHS = ["file_path", "absolute_path", "filePath", "path"]
CONTENTS = ["content", "text", "file_text"]


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", default="a.py", help="the file that is written, in the agent's working folder")
    parser.add_argument("--text", default="a = 2\n", help="what is written to it")
    parser.add_argument("--tool", help="the only tool that is called")
    parser.add_argument("--arguments", help="its arguments as JSON")
    parser.add_argument("--hang", type=int, help="never answer once so many of its calls were made")
    return parser.parse_args()


def working_folder(messages):
    """The folder that the agent says it works in: the longest path in its messages that is a shadow's."""
    import re

    found = re.findall(r"/[^\s\"'`)<>,:;*]*pyteam-run-[^\s\"'`)<>,:;*\\]*/work/[^\s\"'`)<>,:;*\\/]+", json.dumps(messages))
    return found[0] if found else os.getcwd()


def call(names, tools, messages, args):
    """A call of the first of these tools that there is, with the arguments that its schema asks for."""
    by_name = {tool["function"]["name"]: tool["function"] for tool in tools}
    name = next((name for name in names if name in by_name), None)
    if name is None:
        return None
    if args.arguments:
        return name, json.loads(args.arguments)
    properties = by_name[name].get("parameters", {}).get("properties", {})
    arguments = {}
    for keys, value in ((PATHS, os.path.join(working_folder(messages), args.file)), (CONTENTS, args.text)):
        arguments.update({key: value for key in keys[:] if key in properties and not set(keys) & set(arguments)})
    return name, arguments


def calls_made(messages):
    return sum(message.get("role") == "tool" for message in messages)


def choose(request, args):
    messages = request.get("messages", [])
    script = [[args.tool]] if args.tool else [READERS, WRITERS]
    step = calls_made(messages)
    if step >= len(script):
        return {"role": "assistant", "content": "I am done with %s." % args.file}, "stop"
    wanted = call(script[step], request.get("tools") or [], messages, args)
    if wanted is None:
        return {"role": "assistant", "content": "There is nothing that I could edit with."}, "stop"
    name, arguments = wanted
    function = {"name": name, "arguments": json.dumps(arguments)}
    calls = [{"id": "call_%d" % (step + 1), "index": 0, "type": "function", "function": function}]
    return {"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.reply({"object": "list", "data": [{"id": "stub", "object": "model"}]})

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        names = [tool["function"]["name"] for tool in request.get("tools") or []]
        print("request: %d messages, tools %s" % (len(request.get("messages", [])), names), file=sys.stderr, flush=True)
        hang = self.server.options.hang
        if hang is not None and calls_made(request.get("messages", [])) >= hang:
            print("no answer to that one", file=sys.stderr, flush=True)
            threading.Event().wait()
        message, reason = choose(request, self.server.options)
        head = {"id": "chat-1", "created": 1, "model": request.get("model", "stub")}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        if not request.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": reason}
            self.reply({**head, "object": "chat.completion", "choices": [choice], "usage": usage})
            return
        chunks = [
            {"choices": [{"index": 0, "delta": message, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
            {"choices": [], "usage": usage},
        ]
        events = ["data: %s\n\n" % json.dumps({**head, "object": "chat.completion.chunk", **chunk}) for chunk in chunks]
        self.body("".join(events) + "data: [DONE]\n\n", "text/event-stream")

    def reply(self, answer):
        self.body(json.dumps(answer), "application/json")

    def body(self, text, kind):
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.options = options()
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
