"""A model that follows a script, for real agents: a small server that speaks as OpenAI's chat completions and as
Anthropic's messages do.

    stub_model.py [--file NAME] [--tool NAME] [--text TEXT] [--shell COMMAND] [--hang STEP] [--say TEXT] [--script FILE]

It prints its port, and serves on loopback until its standard input ends. The first answer of a conversation calls the
agent's tool for reading a file, the second the one for writing it (some agents write no file that they have not read),
and the third says a sentence and ends. With --tool, there is that one call alone. With --shell, the one call is that of the
tool for running a command, and the sentence is what came of it. With --hang, the answer after so many
calls never comes, and the request stays open. A script is a JSON list of such options, read anew at each request.
Nothing here is needed but Python's standard library. What each request offered is written to the standard error.
"""

import argparse
import json
import os
import re
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What agents call the tools that read and write a whole file, and how their arguments are called.
READERS = ["read_file", "read", "Read", "read_text_file"]
WRITERS = ["write_file", "write", "Write", "create_file", "write_text_file"]
SHELLS = ["run_shell_command", "bash", "Bash", "shell", "execute"]
COMMANDS = ["command", "cmd"]
PATHS = ["file_path", "absolute_path", "filePath", "path"]
CONTENTS = ["content", "text", "file_text"]


def options(words):
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", default="a.py", help="the file that is written, in the agent's working folder")
    parser.add_argument("--text", default="a = 2\n", help="what is written to it")
    parser.add_argument("--tool", help="the only tool that is called")
    parser.add_argument("--arguments", help="its arguments as JSON")
    parser.add_argument("--shell", help="the command that is run, in place of all else")
    parser.add_argument("--hang", type=int, help="never answer once so many of its calls were made")
    parser.add_argument("--say", help="what it says at the end")
    parser.add_argument("--script", help="a file with more options")
    args = parser.parse_args(words)
    if args.script:
        with open(args.script) as file:
            args = parser.parse_args(words + json.load(file))
    return args


@dataclass
class Turn:
    """What is asked of the model, whatever the wire looks like."""

    text: str
    tools: dict[str, dict]  # the schemas of their arguments
    results: list[str]  # what came of the calls so far

    @property
    def calls(self):
        return len(self.results)


@dataclass
class Call:
    """A tool's call, as an answer."""

    number: int
    name: str
    arguments: dict


def working_folder(text):
    """The folder that the agent says it works in: the longest path in its messages that is a shadow's."""
    found = re.findall(r"/[^\s\"'`)<>,:;*]*pyteam-run-[^\s\"'`)<>,:;*\\]*/work/[^\s\"'`)<>,:;*\\/]+", text)
    return found[0] if found else os.getcwd()


def arguments_for(schema, turn, args):
    """The arguments that the tool's schema asks for."""
    if args.arguments:
        return json.loads(args.arguments)
    properties = schema.get("properties", {})
    arguments = {}
    path = os.path.join(working_folder(turn.text), args.file)
    for keys, value in ((PATHS, path), (CONTENTS, args.text), (COMMANDS, args.shell)):
        arguments.update({key: value for key in keys if key in properties and not set(keys) & set(arguments)})
    # What else has to be said says nothing.
    for key in schema.get("required", []):
        kind = properties.get(key, {}).get("type")
        arguments.setdefault(key, {"boolean": False, "number": 1, "integer": 1}.get(kind, "a request"))
    return arguments


def choose(turn, args):
    """The model's answer: a call of the next tool that there is, or a sentence."""
    script = [SHELLS] if args.shell else [[args.tool]] if args.tool else [READERS, WRITERS]
    if turn.calls >= len(script):
        return args.say or ("It said: " + turn.results[-1] if args.shell else "I am done with %s." % args.file)
    name = next((name for name in script[turn.calls] if name in turn.tools), None)
    if name is None:
        return "There is nothing that I could edit with."
    return Call(turn.calls + 1, name, arguments_for(turn.tools[name], turn, args))


def plain(content):
    """A message's content as text."""
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content)
    return content or ""


class Completions:
    """The wire of OpenAI's chat completions."""

    @staticmethod
    def turn(request):
        messages = request.get("messages", [])
        functions = [tool["function"] for tool in request.get("tools") or []]
        tools = {function["name"]: function.get("parameters", {}) for function in functions}
        results = [plain(message.get("content")) for message in messages if message.get("role") == "tool"]
        return Turn(json.dumps(messages), tools, results)

    @staticmethod
    def answer(request, chosen):
        message, reason = {"role": "assistant", "content": chosen}, "stop"
        if isinstance(chosen, Call):
            function = {"name": chosen.name, "arguments": json.dumps(chosen.arguments)}
            calls = [{"id": "call_%d" % chosen.number, "index": 0, "type": "function", "function": function}]
            message, reason = {"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls"
        head = {"id": "chat-1", "created": 1, "model": request.get("model", "stub")}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        choice = {"index": 0, "message": message, "finish_reason": reason}
        whole = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
        chunks = [
            {"choices": [{"index": 0, "delta": message, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
            {"choices": [], "usage": usage},
        ]
        events = ["data: %s\n\n" % json.dumps({**head, "object": "chat.completion.chunk", **chunk}) for chunk in chunks]
        return whole, "".join(events) + "data: [DONE]\n\n"


class Messages:
    """The wire of Anthropic's messages."""

    @staticmethod
    def turn(request):
        messages = request.get("messages", [])
        tools = {tool["name"]: tool.get("input_schema", {}) for tool in request.get("tools") or []}
        blocks = [block for message in messages if isinstance(message["content"], list) for block in message["content"]]
        said = json.dumps([request.get("system"), messages])
        results = [plain(block.get("content")) for block in blocks if block.get("type") == "tool_result"]
        return Turn(said, tools, results)

    @staticmethod
    def answer(request, chosen):
        block, reason = {"type": "text", "text": chosen}, "end_turn"
        empty, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": chosen}
        if isinstance(chosen, Call):
            head = {"type": "tool_use", "id": "toolu_%d" % chosen.number, "name": chosen.name}
            block, reason = {**head, "input": chosen.arguments}, "tool_use"
            empty = {**head, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(chosen.arguments)}
        head = {"id": "msg_1", "type": "message", "role": "assistant", "model": request.get("model", "stub")}
        usage = {"input_tokens": 1, "output_tokens": 1}
        whole = {**head, "content": [block], "stop_reason": reason, "stop_sequence": None, "usage": usage}
        begun = {**whole, "content": [], "stop_reason": None}
        events = [
            {"type": "message_start", "message": begun},
            {"type": "content_block_start", "index": 0, "content_block": empty},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage},
            {"type": "message_stop"},
        ]
        return whole, "".join("event: %s\ndata: %s\n\n" % (event["type"], json.dumps(event)) for event in events)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.reply("", "text/plain")

    def do_GET(self):
        self.reply(json.dumps({"object": "list", "data": [{"id": "stub", "object": "model"}]}), "application/json")

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        path = self.path.split("?")[0]
        if path.endswith("/count_tokens"):
            self.reply(json.dumps({"input_tokens": 1}), "application/json")
            return
        wire = Messages if path.endswith("/messages") else Completions
        args, turn = options(self.server.words), wire.turn(request)
        print("%s: %d calls made, tools %s" % (path, turn.calls, list(turn.tools)), file=sys.stderr, flush=True)
        if args.hang is not None and turn.calls >= args.hang:
            print("no answer to that one", file=sys.stderr, flush=True)
            threading.Event().wait()
        whole, events = wire.answer(request, choose(turn, args))
        if request.get("stream"):
            self.reply(events, "text/event-stream")
        else:
            self.reply(json.dumps(whole), "application/json")

    def reply(self, text, kind):
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        pass


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.words = sys.argv[1:]
    options(server.words)  # so that a wrong one is said at once
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
