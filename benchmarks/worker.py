"""Workers: processes that sit still until told to run, and answer in JSON lines.

Two frameworks in one process share its cores: each keeps a thread pool that waits
actively for a while. So each side of a comparison has a process of its own.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parent


def serve(tasks: dict[str, Callable]) -> None:
    """Answers requests on stdin until it ends.

    Args:
        tasks: Functions by name; a request is `{"task": name, **arguments}` and the
            answer what the function returns.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    for line in sys.stdin:
        request = json.loads(line)
        answer = tasks[request.pop("task")](**request)
        print(json.dumps(answer), file=answers, flush=True)


def seconds(fn: Callable, *arguments) -> float:
    """What one call takes."""
    start = time.perf_counter()
    fn(*arguments)
    return time.perf_counter() - start


class Worker:
    """A process that runs `serve`.

    Args:
        module: The module to run, in or below the folder of this file.
        **options: What it gets as JSON in its first argument.
    """

    def __init__(self, module: str, **options):
        self.module = module
        places = [str(FOLDER), os.environ.get("PYTHONPATH")]
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
        shared = {  # two processes may hold one GPU
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        }
        path = {"PYTHONPATH": os.pathsep.join(filter(None, places))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**quiet, **os.environ, **shared, **path},
            text=True,
        )

    def ask(self, task: str, **arguments):
        """The answer to one request.

        Raises:
            RuntimeError: If the process has ended instead.
        """
        try:
            print(
                json.dumps({"task": task, **arguments}),
                file=self.process.stdin,
                flush=True,
            )
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(
                f"Expected an answer of {self.module} to {task!r}. Received: its end, "
                f"with exit code {self.process.wait()}. Its message stands above."
            )
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
