"""Worker processes that run tasks on request and answer in JSON lines.

Two frameworks in one process share its cores, and the idle one's threads spin for a
while. Each side of a comparison therefore runs in its own process.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def serve(tasks: dict[str, Callable]) -> None:
    """Answers requests on stdin until it ends.

    Args:
        tasks: Functions by name. A request is `{"task": name, **arguments}`. The answer
            is what the function returns.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # so that output of libraries does not mix with the answers
    for line in sys.stdin:
        request = json.loads(line)
        answer = tasks[request.pop("task")](**request)
        print(json.dumps(answer), file=answers, flush=True)


def seconds(fn: Callable, *arguments) -> float:
    """The duration of one call."""
    start = time.perf_counter()
    fn(*arguments)
    return time.perf_counter() - start


class Worker:
    """A process that runs `serve`.

    Args:
        module: The module to run, in this file's folder or below.
        **options: Passed to the module as JSON in its first argument.
    """

    def __init__(self, module: str, **options):
        self.module = module
        places = [str(FOLDER), os.environ.get("PYTHONPATH")]
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
        shared = {  # two processes may share one GPU
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

    def ask(self, task: str, **arguments) -> Any:
        """Sends a request and returns the answer.

        Raises:
            RuntimeError: If the process has ended.
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
                f"{self.module} must answer {task!r}. Received: the end of its "
                f"process, with exit code {self.process.wait()}. Its own message is "
                "above."
            )
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
