//! What answers say of small programs, each with one thing to say.

mod common;

use std::fs;

use common::{Loaded, folder_of};
use pyteam_answers::Subject;

#[test]
fn what_is_imported_under_another_name_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let text = "from subprocess import check_output as run\n\n\ndef version(name):\n    return run(f'git {name}', shell=True, timeout=5)\n";
    fs::write(root.join("version.py"), text).unwrap();
    let answer = Loaded::new(&root).answer("python-security-reviewer", Subject::Workspace);
    assert!(
        answer.document.contains("version.py:5: `subprocess.check_output` passes a text to the shell"),
        "{}",
        answer.document
    );
}

#[test]
fn a_function_that_is_passed_on_is_seen() {
    let text = "import pickle\nfrom functools import reduce\nfrom marshal import loads as thaw\n\n\nclass Serializer:\n    loads = pickle.loads\n\n\ndef read(parts, decode=thaw):\n    return reduce(decode, map(pickle.loads, parts))\n";
    let (_folder, loaded) = folder_of(&[("serializer.py", text)]);
    let document = loaded.answer("python-security-reviewer", Subject::Workspace).document;
    for part in [
        "serializer.py:7: `pickle.loads` is passed on",
        "serializer.py:10: `marshal.loads` is passed on",
        "serializer.py:11: `pickle.loads` is passed on",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
    assert!(!document.contains("unsafe deserialization (pickle"), "{document}");
    let text = "import pickle\n\n\ndef write(data):\n    loads = pickle.dumps\n    return loads(data), pickle.loads.__name__\n";
    let (_folder, loaded) = folder_of(&[("writer.py", text)]);
    let document = loaded.answer("python-security-reviewer", Subject::Workspace).document;
    assert!(document.contains("unsafe deserialization (pickle"), "{document}");
}

#[test]
fn what_only_type_checkers_import_is_not_installed() {
    let text = "import typing\nimport redis\n\nif typing.TYPE_CHECKING:\n    from _typeshed import ReadableBuffer\n    from attrs import Factory\nelse:\n    import orjson\n";
    let (_folder, loaded) = folder_of(&[("app.py", text)]);
    let document = loaded.answer("devops-engineer", Subject::Workspace).document;
    let packages = document.lines().find(|line| line.contains("- packages:")).unwrap_or_default();
    assert!(packages.contains("redis") && packages.contains("orjson"), "{document}");
    assert!(!document.contains("_typeshed") && !document.contains("attrs"), "{document}");
}

#[test]
fn every_signal_handler_is_named() {
    let text = "import signal\nimport threading\n\n\ndef work():\n    pass\n\n\nsignal.signal(signal.SIGTERM, print)\nsignal.signal(signal.SIGINT, print)\nthread = threading.Thread(target=work)\nthread.start()\nthread.join()\n";
    let (_folder, loaded) = folder_of(&[("app.py", text)]);
    for agent in ["python-architect", "devops-engineer"] {
        let document = loaded.answer(agent, Subject::Workspace).document;
        let all = "Signals handled: `SIGINT` (app.py:10) and `SIGTERM` (app.py:9).";
        assert!(document.contains(all), "{agent}: {document}");
    }
    let text = text.replace("signal.signal(signal.SIGTERM, print)\n", "");
    let (_folder, loaded) = folder_of(&[("app.py", &text)]);
    let document = loaded.answer("python-architect", Subject::Workspace).document;
    assert!(document.contains("`SIGINT` (app.py:9). SIGTERM is not handled: "), "{document}");
}

#[test]
fn what_is_no_box_of_the_drawing_is_named() {
    let text = "import os\nfrom concurrent.futures import ThreadPoolExecutor\nfrom multiprocessing import Pool\n\n\ndef work():\n    with Pool(2) as pool, ThreadPoolExecutor() as threads:\n        pool.map(print, [1])\n        threads.map(print, [1])\n    return os.fork()\n";
    let (_folder, loaded) = folder_of(&[("app.py", text)]);
    let document = loaded.answer("python-architect", Subject::Workspace).document;
    for part in ["executor with threads: app.py:7", "pool of processes or threads: app.py:7", "`os.fork`: app.py:10"] {
        assert!(document.contains(part), "{part}: {document}");
    }
    assert!(!document.contains("mermaid"), "{document}");
}

const WRAPPER: &str = "import threading\n\n\nclass Task(threading.Thread):\n    def run(self):\n        super().run()\n\n\ndef step():\n    while True:\n        pass\n\n\ntask = Task(target=step)\ntask.start()\ntask.join(1)\n";

#[test]
fn an_object_that_is_given_its_work_is_called_by_that() {
    let (_folder, loaded) = folder_of(&[("app.py", WRAPPER)]);
    let document = loaded.answer("python-architect", Subject::Workspace).document;
    assert!(document.contains("| `Task(target=step)` (thread) | app.py:14 |"), "{document}");
    assert!(document.contains("return of the function it is given"), "{document}");
    let answer = loaded.answer("python-test-writer", Subject::Workspace);
    assert!(answer.change.is_empty(), "{:?}", answer.change);
    assert!(answer.document.contains("test that function"), "{}", answer.document);
}

#[test]
fn a_helper_that_feeds_several_queues_is_named() {
    let text = "import queue\nimport threading\n\nfirst: queue.Queue[str] = queue.Queue(2)\nsecond: queue.Queue[int] = queue.Queue(2)\n\n\ndef send(channel, message):\n    channel.put(message, timeout=1)\n\n\ndef one():\n    send(first, \"a\")\n\n\ndef two():\n    send(second, 1)\n\n\nthreading.Thread(target=one).start()\nthreading.Thread(target=two).start()\nfirst.get(timeout=1)\nsecond.get(timeout=1)\n";
    let (_folder, loaded) = folder_of(&[("app.py", text)]);
    let document = loaded.answer("python-architect", Subject::Workspace).document;
    assert!(document.contains("`send` (app.py:9) sends into more than one of these channels"), "{document}");
}

#[test]
fn findings_in_tests_are_no_part_of_a_report_on_the_program() {
    let wait = "import queue\n\n\ndef take(tasks: queue.Queue):\n    while True:\n        print(tasks.get())\n\n\ntake(queue.Queue())\n";
    let (_folder, loaded) = folder_of(&[("tests/test_app.py", wait), ("app.py", "import os\n\nprint(os.fork())\n")]);
    let document = loaded.answer("python-architect", Subject::Workspace).document;
    assert!(!document.contains("tests/test_app.py"), "{document}");
    let file = Subject::File(loaded.file("tests/test_app.py"));
    let document = loaded.answer("python-async-specialist", file).document;
    assert!(document.contains("tests/test_app.py:6"), "{document}");
}

#[test]
fn fixes_end_with_a_command() {
    let text = "import queue\nimport threading\n\n\ndef take(tasks: \"queue.Queue[int]\", stop: threading.Event) -> None:\n    while not stop.is_set():\n        task = tasks.get()\n        print(task)\n        tasks.task_done()\n\n\ndef main() -> None:\n    stop = threading.Event()\n    tasks: \"queue.Queue[int]\" = queue.Queue(8)\n    thread = threading.Thread(target=take, args=(tasks, stop))\n    thread.start()\n    tasks.put(1, timeout=1.0)\n    tasks.join()\n    stop.set()\n    thread.join(timeout=5.0)\n";
    let (_folder, loaded) = folder_of(&[("app.py", text)]);
    let document = loaded.answer("python-async-specialist", Subject::File(loaded.file("app.py"))).document;
    assert!(
        document.contains("`pyteam check --fix --unsafe-fixes --select blocking-get-without-timeout app.py`"),
        "{document}"
    );
}

#[test]
fn folders_of_the_workspace_and_old_names_are_no_packages() {
    let (_folder, loaded) = folder_of(&[
        ("site/__init__.py", ""),
        ("site/core/__init__.py", ""),
        ("site/core/redis.py", "import redis\n"),
        ("site/web/views.py", "import core.redis\nfrom web import urls\nimport django\n"),
        (
            "site/web/compat.py",
            "try:\n    import ConfigParser\nexcept ImportError:\n    import configparser\nimport _thread\nimport __main__\n",
        ),
    ]);
    let document = loaded.answer("security-engineer", Subject::Workspace).document;
    let packages = document.split("## Third-party packages").nth(1).unwrap();
    assert!(packages.contains("- `django` (site/web/views.py:3)\n- `redis` (site/core/redis.py:1)\n"), "{document}");
    assert_eq!(packages.matches("\n- ").count(), 2, "{document}");
    assert!(packages.contains("No manifest found"), "{document}");
}

#[test]
fn manifests_and_docker_files_below_the_root_are_seen() {
    let (_folder, loaded) = folder_of(&[
        ("api/app.py", "import flask\n"),
        ("api/requirements.txt", "flask==3.0\n"),
        ("api/gpu.Dockerfile", "FROM python:3.12\nUSER app\nCMD [\"python\", \"app.py\"]\n"),
        ("node_modules/x/Dockerfile", "FROM node\n"),
    ]);
    let document = loaded.answer("devops-engineer", Subject::Workspace).document;
    assert!(document.contains("Manifests: api/requirements.txt."), "{document}");
    assert!(document.contains("`api/gpu.Dockerfile`.") && !document.contains("node_modules"), "{document}");
}

#[test]
fn variables_are_followed_through_helpers_and_settings() {
    let helper = "import os\n\n\ndef number(name, default=0):\n    return int(os.environ.get(name, default))\n\n\ndef first(names):\n    return [os.getenv(one + '_X') for one in names]\n\n\ndef flag(values, key):\n    return values.get(key)\n\n\nflag(os.environ, 'x' + 'y')\nflag({}, 'page_size')\n";
    let settings = "from pydantic import Field\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\n\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='SHOP_')\n    port: int = 80\n    api_token: str\n    other: str = Field('x', alias='OTHER_NAME')\n";
    let (_folder, loaded) = folder_of(&[
        ("helper.py", helper),
        ("app.py", "from helper import number\n\nTTL = number('APP_TTL')\nSIZE = number(name='APP_SIZE')\n"),
        ("settings.py", settings),
    ]);
    let document = loaded.answer("python-automation-specialist", Subject::Workspace).document;
    for part in [
        "- `APP_TTL` (app.py:3)",
        "- `APP_SIZE` (app.py:4)",
        "- `SHOP_PORT` (settings.py:7)",
        "- `SHOP_API_TOKEN` (settings.py:8, required)",
        "- `OTHER_NAME` (settings.py:9)",
        "1 place reads a variable by a name that is not a literal, so there may be more: helper.py:9.",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
    assert!(!document.contains("page_size"), "{document}");
    let document = loaded.answer("security-engineer", Subject::Workspace).document;
    assert!(document.contains("- `SHOP_API_TOKEN` (settings.py:8, required)"), "{document}");
}

#[test]
fn routes_that_are_not_followed_are_said() {
    let text = "from fastapi import APIRouter, FastAPI\nfrom outside import factory\n\napp = FastAPI()\nown = APIRouter()\n\n\n@own.get('/own')\ndef answer() -> int:\n    return 1\n\n\napp.include_router(own)\napp.include_router(factory.router)\nfactory.session().mount('http://', 1)\n";
    let (_folder, loaded) = folder_of(&[("app.py", text)]);
    for agent in ["python-backend-specialist", "security-engineer"] {
        let document = loaded.answer(agent, Subject::Workspace).document;
        assert!(document.contains("- app.py:14: `include_router(factory.router)`"), "{document}");
        assert!(!document.contains("include_router(own)") && !document.contains("mount"), "{document}");
    }
}

#[test]
fn the_git_helper_names_the_option_for_the_files() {
    let (_folder, loaded) = folder_of(&[("app.py", "x = 1\n")]);
    let document = loaded.answer("git-helper", Subject::Workspace).document;
    assert!(document.contains("name the files: `pyteam ask git-helper --modified FILE`"), "{document}");
    assert!(!document.contains("nothing to commit"), "{document}");
}
