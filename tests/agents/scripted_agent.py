"""An agent that speaks the Agent Client Protocol and follows a script: mostly a bad one.

    scripted_agent.py SCENARIO [--token WORD] [ARGUMENT ...]

Nothing here is needed but Python's standard library. Each scenario is a function below; what it does is its docstring.
The token does nothing: it stands on the command line, so that a test can find what is left of the agent.
"""

import json
import os
import signal
import subprocess
import sys
import time

FOREVER = 3600
TOKEN = ""


def send(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


class Agent:
    """A well-behaved agent. Scenarios change one thing or another."""

    version = 1
    capabilities = {}
    session = {"sessionId": "session-1"}

    def __init__(self, arguments):
        self.arguments = arguments
        self.number = 1000
        self.cwd = os.getcwd()
        self.mode = None
        self.model = None
        self.loaded = None

    def run(self):
        while True:
            message = self.receive()
            if message is None:
                return
            self.serve(message)

    def receive(self):
        line = sys.stdin.readline()
        return json.loads(line) if line else None

    def serve(self, message):
        method, params, number = message.get("method"), message.get("params", {}), message.get("id")
        if method == "initialize":
            assert "terminal" not in params["clientCapabilities"] or not params["clientCapabilities"]["terminal"]
            answer = self.initialize(params)
        elif method == "session/new":
            answer = self.new(params)
        elif method in ("session/load", "session/resume"):
            answer = self.load(params)
        elif method == "session/set_mode":
            answer = self.set_mode(params)
        elif method == "session/set_model":
            self.model = params["modelId"]
            answer = {}
        elif method == "session/prompt":
            reason = self.prompt(params["prompt"][0]["text"])
            answer = reason if isinstance(reason, dict) else {"stopReason": reason or "end_turn"}
        elif method == "session/cancel":
            return
        else:
            send({"id": number, "error": {"code": -32601, "message": "no such method"}})
            return
        if "error" in answer:
            send({"id": number, **answer})
        else:
            send({"id": number, "result": answer})

    def initialize(self, params):
        return {
            "protocolVersion": self.version,
            "agentCapabilities": self.capabilities,
            "agentInfo": {"name": "scripted", "version": "1"},
        }

    def new(self, params):
        self.cwd = params["cwd"]
        return self.session

    def load(self, params):
        self.cwd = params["cwd"]
        self.loaded = params["sessionId"]
        return {}

    def set_mode(self, params):
        self.mode = params["modeId"]
        return {}

    def prompt(self, text):
        self.say("done")

    def update(self, **update):
        send({"method": "session/update", "params": {"sessionId": self.loaded or "session-1", "update": update}})

    def say(self, text):
        self.update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": text})

    def ask(self, method, params):
        """Asks the client, and waits for its answer."""
        self.number += 1
        send({"id": self.number, "method": method, "params": params})
        while True:
            message = self.receive()
            if message is None:
                sys.exit(0)
            if message.get("id") == self.number and "method" not in message:
                return message

    def may(self, kind, path=None, **more):
        """Asks for permission as real agents do, and says whether it was given."""
        call = {"toolCallId": "call-%d" % self.number, "title": "%s %s" % (kind, path), "kind": kind, **more}
        if path is not None:
            call["locations"] = [{"path": path}]
        options = [
            {"optionId": "always", "name": "Always", "kind": "allow_always"},
            {"optionId": "once", "name": "Once", "kind": "allow_once"},
            {"optionId": "no", "name": "No", "kind": "reject_once"},
        ]
        answer = self.ask("session/request_permission", {"sessionId": "session-1", "toolCall": call, "options": options})
        outcome = answer.get("result", {}).get("outcome", {})
        return outcome.get("optionId", outcome.get("outcome", "error"))

    def path(self, name):
        return os.path.join(self.cwd, name)

    def write(self, name, text):
        with open(self.path(name), "w", newline="") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), newline="") as file:
            return file.read()


SCENARIOS = {}


def scenario(thing):
    SCENARIOS[thing.__name__.replace("_", "-")] = thing
    return thing


def attempt(*steps):
    """Does each step, and says what came of it."""
    results = []
    for step in steps:
        try:
            step()
            results.append("done")
        except OSError as error:
            results.append(error.__class__.__name__)
    return " ".join(results)


# Good ones.


@scenario
class answer(Agent):
    """Says the brief back."""

    def prompt(self, text):
        self.say("# Answer\n\n")
        self.say(text)


@scenario
class edit(Agent):
    """Asks, edits a.py, and says so."""

    def prompt(self, text):
        path = self.path("a.py")
        self.update(sessionUpdate="tool_call", toolCallId="call-1", title="Edit a.py", kind="edit", status="pending")
        content = [{"type": "diff", "path": path, "oldText": "x", "newText": "y"}]
        if self.may("edit", path, content=content) == "once":
            self.write("a.py", self.read("a.py").replace("1", "2"))
            self.update(sessionUpdate="tool_call_update", toolCallId="call-1", status="completed")
            self.say("changed")
        else:
            self.say("was not allowed")


@scenario
class sessions(Agent):
    """Offers modes, models and earlier sessions, and says what was chosen."""

    capabilities = {"loadSession": True}
    session = {
        "sessionId": "session-1",
        "modes": {"currentModeId": "yolo", "availableModes": [{"id": "yolo", "name": ""}, {"id": "plan", "name": ""}]},
        "models": {"currentModelId": "small", "availableModels": [{"modelId": "small"}, {"modelId": "big"}]},
    }

    def load(self, params):
        self.say("this was said long ago")
        return super().load(params)

    def prompt(self, text):
        self.say("%s %s %s" % (self.mode, self.model, self.loaded))


@scenario
class forgetful(sessions):
    """Loads an earlier session, and cannot use it then."""

    def new(self, params):
        self.loaded = None
        return super().new(params)

    def prompt(self, text):
        if self.loaded:
            return {"error": {"code": -32603, "message": "Internal error", "data": {"details": "no such session"}}}
        return super().prompt(text)


@scenario
class environment(Agent):
    """Says in which environment it runs."""

    def prompt(self, text):
        self.say(json.dumps(dict(os.environ)))


@scenario
class listing(Agent):
    """Says what it finds."""

    def prompt(self, text):
        found = []
        for folder, folders, files in os.walk(self.cwd):
            found += [os.path.relpath(os.path.join(folder, name), self.cwd) for name in files + folders]
        self.say(json.dumps(sorted(found)))


# Those that hang.


@scenario
class hang_start(Agent):
    """Never says anything."""

    def run(self):
        time.sleep(FOREVER)


@scenario
class hang_session(Agent):
    """Never opens a session."""

    def new(self, params):
        time.sleep(FOREVER)


@scenario
class hang_mode(sessions):
    """Never changes its mode."""

    def set_mode(self, params):
        time.sleep(FOREVER)


@scenario
class hang_turn(Agent):
    """Says one thing, and then nothing any more. It ignores requests to stop, and signals that can be ignored."""

    def prompt(self, text):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.write("a.py", "half\n")
        self.say("I am thinking")
        time.sleep(FOREVER)


@scenario
class drip(Agent):
    """Says something all the time, and never ends."""

    def prompt(self, text):
        while True:
            self.say(".")
            time.sleep(0.02)


@scenario
class stoppable(Agent):
    """Works until it is asked to stop, and stops then."""

    def prompt(self, text):
        self.say("working")
        while True:
            message = self.receive()
            if message is None:
                sys.exit(0)
            if message.get("method") == "session/cancel":
                return "cancelled"


@scenario
class deaf(Agent):
    """Asks for permissions and never reads the answers."""

    def prompt(self, text):
        call = {"toolCallId": "x" * 100, "kind": "edit", "title": "x"}
        for number in range(100000):
            params = {"sessionId": "session-1", "toolCall": call, "options": [{"optionId": "n" * 1000, "name": "n", "kind": "reject_once"}]}
            send({"id": number, "method": "session/request_permission", "params": params})
        time.sleep(FOREVER)


# Those that flood.


@scenario
class flood_line(Agent):
    """A line of a gigabyte."""

    def prompt(self, text):
        piece = b"x" * (1 << 20)
        sys.stdout.flush()
        for _ in range(1024):
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()


@scenario
class flood_updates(Agent):
    """A million updates."""

    def prompt(self, text):
        chunk = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "x" * 40}}
        line = json.dumps({"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": "session-1", "update": chunk}})
        lines = (line + "\n") * 1000
        for _ in range(1000):
            sys.stdout.write(lines)
        sys.stdout.flush()


@scenario
class flood_output(flood_updates):
    """Long updates, more in all than is read."""

    def prompt(self, text):
        for _ in range(1000):
            self.say("x" * (1 << 20))


@scenario
class flood_errors(Agent):
    """A hundred megabytes on the standard error, and then an answer."""

    def prompt(self, text):
        for _ in range(100):
            sys.stderr.write("x" * (1 << 20))
        sys.stderr.flush()
        self.say("done")


@scenario
class flood_calls(Agent):
    """Many tool calls with long titles, which are told and recorded."""

    def prompt(self, text):
        for number in range(50000):
            self.update(sessionUpdate="tool_call", toolCallId="c%d" % number, title="t" * 2000, kind="read", status="completed")
        self.say("done")


@scenario
class flood_files(Agent):
    """More files than anybody could look at."""

    def prompt(self, text):
        for number in range(2000):
            self.write("n%d.py" % number, "x = 1\n")


@scenario
class flood_large(Agent):
    """Files of a megabyte each, forty of them."""

    def prompt(self, text):
        for number in range(40):
            self.write("n%d.py" % number, "x = 1\n" * 170000)


# Those that die or lie.


@scenario
class die_start(Agent):
    """Dies at once."""

    def run(self):
        sys.stderr.write("\x1b[31mno such key\x1b[0m\n")
        sys.exit(3)


@scenario
class die_turn(Agent):
    """Dies in the middle of its turn, after an edit."""

    def prompt(self, text):
        self.write("a.py", "half\n")
        self.say("half an ans")
        sys.stderr.write("out of memory\n")
        os._exit(9)


@scenario
class die_signal(Agent):
    """Is killed in the middle of its turn."""

    def prompt(self, text):
        os.kill(os.getpid(), signal.SIGSEGV)


@scenario
class close_output(Agent):
    """Closes its output and lives on."""

    def prompt(self, text):
        os.close(1)
        time.sleep(FOREVER)


@scenario
class version_two(Agent):
    """Speaks another version."""

    version = 2


@scenario
class version_word(Agent):
    """Does not know what a version is."""

    version = "newest"


@scenario
class greets(Agent):
    """Greets, and tells things nobody has heard of, also with broken parameters; then works."""

    def run(self):
        print("Welcome to the agent!\n\nDebugger attached.", flush=True)
        super().run()

    def prompt(self, text):
        self.update(sessionUpdate="telepathy", thought=1)
        self.update(sessionUpdate="agent_message_chunk", content={"type": "smell", "odour": "rose"})
        self.update(sessionUpdate="agent_message_chunk")
        self.update(sessionUpdate="tool_call", toolCallId="c", title="t", kind="teleport", status="vanished")
        send({"method": "session/update", "params": [1, 2]})
        send({"method": "session/update", "params": {"sessionId": "another", "update": {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "not mine"}}}})
        send({"method": "$/nonsense"})
        send({"id": 77, "result": "nobody asked"})
        send({"id": "other", "result": "nobody asked"})
        results = [self.ask(method, {"path": "/etc/passwd", "content": "x", "sessionId": "session-1"}) for method in ("fs/write_text_file", "fs/read_text_file", "terminal/create", "mind/read")]
        self.say(" ".join(str(result["error"]["code"]) for result in results))


@scenario
class stops_oddly(Agent):
    """Ends its turn for a reason that nobody knows."""

    def prompt(self, text):
        self.write("a.py", "odd\n")
        return "enlightenment"


@scenario
class refuses(Agent):
    """Does not want to."""

    def prompt(self, text):
        self.say("I would rather not.")
        return "refusal"


@scenario
class wants_login(Agent):
    """Wants to be logged in."""

    def new(self, params):
        return {"error": {"code": -32000, "message": "Authentication required"}}


@scenario
class model_error(Agent):
    """Its model does not answer."""

    def prompt(self, text):
        return {"error": {"code": -32603, "message": "Internal error", "data": {"details": "quota exceeded"}}}


@scenario
class no_agent(Agent):
    """Prints its help."""

    def run(self):
        print("usage: tool [-h] FILE\n\ntool: error: unknown option --acp")


@scenario
class babbles(Agent):
    """Writes what is no protocol, without end."""

    def run(self):
        while True:
            print("la la la", flush=True)


# Those that write where they must not.


@scenario
class write_outside(Agent):
    """Writes to a folder outside: by its absolute path, by `..`, through a link that it makes, by a hard link and by
    moving; and deletes there."""

    def prompt(self, text):
        victim = self.arguments[0]
        inside = os.path.join(victim, "victim.py")
        up = os.path.relpath(inside, self.cwd)

        def through_link():
            os.symlink(victim, self.path("out"))
            self.write("out/victim.py", "owned\n")

        def hard_link():
            os.link(inside, self.path("hard.py"))
            self.write("hard.py", "owned\n")

        self.say(
            attempt(
                lambda: self.write(inside, "owned\n"),
                lambda: self.write(up, "owned\n"),
                through_link,
                hard_link,
                lambda: os.truncate(inside, 0),
                lambda: os.remove(inside),
                lambda: os.rename(inside, self.path("stolen.py")),
                lambda: os.mkdir(os.path.join(victim, "new")),
                lambda: os.symlink("/", os.path.join(victim, "link")),
            )
        )


@scenario
class write_git(Agent):
    """Makes a hook of git's, and settings from which other tools run code."""

    def prompt(self, text):
        for name in (".git/hooks", ".claude", ".vscode"):
            os.makedirs(self.path(name))
        self.write(".git/hooks/pre-commit", "#!/bin/sh\ntouch /tmp/owned\n")
        self.write(".claude/settings.json", "{}")
        self.write(".vscode/tasks.json", "{}")
        self.write(".env", "KEY=1")
        self.write("b.py", "b = 2\n")


@scenario
class leave_links(Agent):
    """Puts links where files were, and a pipe."""

    def prompt(self, text):
        os.remove(self.path("a.py"))
        os.symlink("/etc/passwd", self.path("a.py"))
        os.symlink(self.arguments[0], self.path("folder"))
        os.mkfifo(self.path("pipe"))
        with open(self.path("binary.py"), "wb") as file:
            file.write(b"\xff\x00")


@scenario
class keep_own_state(Agent):
    """Edits, and leaves what its program keeps for itself where it works."""

    def prompt(self, text):
        os.makedirs(self.path(".qwen"))
        self.write(".qwen/state.json", "{}")
        self.write("b.py", "b = 2\n")


@scenario
class talk_of_a_diff(Agent):
    """Shows a diff, and changes nothing."""

    def prompt(self, text):
        self.say("```diff\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n```\n")


@scenario
class leave_large(Agent):
    """Makes a file that is too large beside a good one."""

    def prompt(self, text):
        self.write("b.py", "b = 2\n")
        self.write("large.txt", "x" * (1 << 21))


@scenario
class change_modes(Agent):
    """Makes a file executable, and a new one; other bits of a mode are no part of a change."""

    def prompt(self, text):
        os.chmod(self.path("a.py"), 0o1777)
        self.write("run.sh", "#!/bin/sh\n")
        os.chmod(self.path("run.sh"), 0o755)
        self.write("plain.py", "p = 1\n")
        os.chmod(self.path("plain.py"), 0o602)


@scenario
class only_a_mode(Agent):
    """Makes a file executable, and changes nothing else."""

    def prompt(self, text):
        os.chmod(self.path("a.py"), 0o755)
        self.say("done")


@scenario
class break_it(Agent):
    """Leaves a file that does not parse."""

    def prompt(self, text):
        self.write("a.py", "def broken(:\n    x = (\n")
        self.say("done")


@scenario
class delete_all(Agent):
    """Deletes all that it was given."""

    def prompt(self, text):
        for folder, _, names in os.walk(self.cwd):
            for name in names:
                os.remove(os.path.join(folder, name))


@scenario
class write_autorun(Agent):
    """Writes files that others run by themselves, and one that is only called so."""

    def prompt(self, text):
        os.makedirs(self.path("tests"))
        for name in ("conftest.py", "tests/sitecustomize.py", "tests/sitecustomize_test.py"):
            self.write(name, "import os\n")


@scenario
class just_edit(Agent):
    """Edits without asking."""

    def prompt(self, text):
        self.write("a.py", "a = 'edited'\n")
        self.write("new.py", "new = 1\n")
        self.say("I made it better.")


@scenario
class own_settings(Agent):
    """Changes nothing, but leaves settings of its own where it works, and traces of a program."""

    def prompt(self, text):
        os.makedirs(self.path(".scripted"))
        self.write(".scripted/state.json", "{}")
        os.makedirs(self.path("__pycache__"))
        self.write("__pycache__/a.pyc", "x")
        self.say("I looked.")


@scenario
class placeholder(Agent):
    """Writes back what stands for a secret."""

    def prompt(self, text):
        self.write("a.py", "a = '<redacted:1>'\n")


@scenario
class permissions(Agent):
    """Asks for what it must not get, and says what it got."""

    def prompt(self, text):
        inside = self.path("a.py")
        asked = [
            self.may("edit", inside),
            self.may("edit", "/etc/passwd"),
            self.may("edit", os.path.join(self.cwd, "..", "x.py")),
            self.may("edit", self.path(".git/config")),
            self.may("edit", inside, rawInput={"file_path": "/etc/passwd"}),
            self.may("execute", None, rawInput={"command": "rm -rf /"}),
            self.may("fetch", None),
            self.may("switch_mode", None),
            self.may("other", inside),
            self.may("read", inside),
            self.may("read", "/etc/shadow"),
        ]
        self.say(" ".join(asked))


@scenario
class break_out(Agent):
    """Tries all ways out of its sandbox, and says what each came to, and what works inside."""

    def prompt(self, text):
        self.say(self.result())

    def result(self):
        import escape

        return json.dumps({"works": escape.works(), "tried": escape.attempts(json.loads(self.arguments[0]))})


@scenario
class connects(Agent):
    """Connects to a server of this machine's."""

    def prompt(self, text):
        import socket

        try:
            socket.create_connection(("127.0.0.1", int(self.arguments[0])), timeout=5).close()
            self.say("connected")
        except OSError as error:
            self.say(error.__class__.__name__)


@scenario
class fills_the_disk(Agent):
    """Writes without end to its folder for temporary files, to its home, or to files that have no name any more."""

    def prompt(self, text):
        how, kept = self.arguments[0], []
        folder = os.environ["HOME" if how == "home" else "TMPDIR"]
        # Where it is not ended, it ends before it has filled a disk.
        for number in range(500):
            path = os.path.join(folder, "f%d" % number)
            file = open(path, "wb")
            file.write(os.urandom(1 << 20) * 4)
            file.flush()
            if how == "unlinked":
                os.remove(path)
                kept.append(file)
            time.sleep(0.02)


@scenario
class digs(Agent):
    """Makes folders inside one another without end, where it works and where its temporary files are."""

    def prompt(self, text):
        for folder in (os.environ["TMPDIR"], self.cwd):
            os.chdir(folder)
            for _ in range(20000):
                os.mkdir("d")
                os.chdir("d")
        self.say("done")


# Those that leave something behind.


def child(detached, environment=None):
    """A process that sleeps, with the token on its command line."""
    program = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(%d)" % FOREVER
    return subprocess.Popen(
        [sys.executable, "-c", program, "--token", TOKEN],
        stdin=subprocess.DEVNULL,
        stdout=None if detached is None else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=bool(detached),
        env=environment,
    )


@scenario
class orphans(Agent):
    """Leaves children: one that holds the output open, one with a session of its own, and grandchildren whose parents
    are gone, one of them without the environment by which it could be known."""

    def prompt(self, text):
        child(None)
        child(True)
        for environment in (None, {}):
            if os.fork() == 0:
                os.setsid()
                child(True, environment)
                os._exit(0)
        time.sleep(0.3)
        self.say("done")


@scenario
class orphans_and_die(orphans):
    """The same, and dies."""

    def prompt(self, text):
        super().prompt(text)
        os._exit(1)


@scenario
class breeds(Agent):
    """Starts processes that start processes."""

    def prompt(self, text):
        program = (
            "import subprocess, sys, time\n"
            "for _ in range(400):\n"
            "    p = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(%d)', sys.argv[1]], start_new_session=True)\n"
            "    time.sleep(0.005)\n" % FOREVER
        )
        subprocess.Popen([sys.executable, "-S", "-c", program, TOKEN], start_new_session=True)
        time.sleep(1)
        self.say("done")


@scenario
class kills_its_keeper(Agent):
    """Ends the process that watches it, and leaves a child. Only for where somebody watches."""

    def prompt(self, text):
        child(True)
        self.say(attempt(lambda: os.kill(os.getppid(), signal.SIGKILL)))
        time.sleep(0.3)


@scenario
class stops_in_the_middle(Agent):
    """Makes half of a change, and says that its answer became too long."""

    def prompt(self, text):
        self.write("a.py", "a = 2\n")
        return "max_tokens"


@scenario
class tells_secrets(Agent):
    """Names secrets in what it calls its tools, and in its last words."""

    def prompt(self, text):
        token = "ghp_" + "a1B2c3D4e5" * 4
        title = "curl -H 'Authorization: Bearer %s' example.org" % token
        self.update(sessionUpdate="tool_call", toolCallId="c", title=title, kind="fetch", status="completed")
        sys.stderr.write("cannot log in with %s\n" % token)
        sys.exit(9)


# Plain commands: the brief on standard input, the answer on standard output.


@scenario
class command_diff(Agent):
    """Answers with a diff."""

    def run(self):
        brief = sys.stdin.read()
        assert "Your copy of the workspace" in brief
        print("Here you are:\n\n--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n-a = 1\n+a = 2\n+b = 3\n")


@scenario
class command_edit(Agent):
    """Edits its copy, and says so."""

    def run(self):
        sys.stdin.read()
        self.write("a.py", "a = 2\n")
        print("\x1b[1mdone\x1b[0m")


@scenario
class command_answer(Agent):
    """Answers with the text of a file."""

    def run(self):
        sys.stdin.read()
        with open(self.arguments[0], encoding="utf-8") as file:
            sys.stdout.write(file.read())


@scenario
class command_answer_bytes(Agent):
    """Answers with the bytes of a file."""

    def run(self):
        sys.stdin.read()
        with open(self.arguments[0], "rb") as file:
            sys.stdout.buffer.write(file.read())


@scenario
class command_edit_and_tell(Agent):
    """Edits its copy, and shows what it did as a diff."""

    def run(self):
        sys.stdin.read()
        self.write("a.py", "a = 2\n")
        print("```diff\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n```")


@scenario
class command_escape(Agent):
    """Answers with a diff to somewhere else."""

    def run(self):
        print("--- /dev/null\n+++ b/../../escaped.py\n@@ -0,0 +1 @@\n+x\n")


@scenario
class command_break_out(break_out):
    """The same as a plain command."""

    def run(self):
        sys.stdin.read()
        print(self.result())


@scenario
class command_fail(Agent):
    """Fails after an edit."""

    def run(self):
        self.write("a.py", "half\n")
        sys.exit("no network")


@scenario
class command_close_and_write(Agent):
    """Closes its output, makes half of a change, and goes on."""

    def run(self):
        sys.stdin.read()
        sys.stdout.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        self.write("a.py", "half\n")
        time.sleep(FOREVER)


@scenario
class command_close_and_fail(Agent):
    """Closes its output, makes half of a change, and fails."""

    def run(self):
        sys.stdin.read()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        self.write("a.py", "half\n")
        time.sleep(0.2)
        sys.exit("no network")


@scenario
class command_flood(Agent):
    """Writes without end, and never reads."""

    def run(self):
        while True:
            print("x" * 10000)


def main():
    global TOKEN
    arguments = sys.argv[1:]
    if "--token" in arguments:
        at = arguments.index("--token")
        TOKEN = arguments[at + 1]
        del arguments[at : at + 2]
    SCENARIOS[arguments[0]](arguments[1:]).run()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os._exit(1)
