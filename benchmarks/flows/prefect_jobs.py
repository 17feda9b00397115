"""Prefect's side of the benchmark: rounds on request. A line on standard input names a job, one on standard output says that it is done."""

import logging
import os
import sys
import tempfile

storage = tempfile.mkdtemp(prefix="coatcheck-prefect-")
os.environ.setdefault("PREFECT_HOME", storage)
os.environ["PREFECT_LOCAL_STORAGE_PATH"] = os.path.join(storage, "results")
os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
os.environ["PREFECT_LOGGING_TO_API_ENABLED"] = "false"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "120"
os.environ["DO_NOT_TRACK"] = "1"

import prefect  # noqa: E402
from prefect import flow, task  # noqa: E402
from prefect.cache_policies import INPUTS, NO_CACHE  # noqa: E402

logging.disable(logging.CRITICAL)
CALLS = int(sys.argv[1])


def record(number):
    return {"id": number, "name": f"user {number}", "email": f"user{number}@example.com", "score": number * 1.5}


@task(cache_policy=NO_CACHE, persist_result=False)
def called(number):
    return record(number)


@task(cache_policy=NO_CACHE, persist_result=True, result_serializer="json")
def kept(number):
    return record(number)


@task(cache_policy=INPUTS, persist_result=True, result_serializer="json")
def cached(number):
    return record(number)


def calls_of(chosen):
    @flow(name=f"calls of {chosen.name}")
    def calls():
        return sum(chosen(number)["id"] for number in range(CALLS))

    return calls


jobs = {name: calls_of(chosen) for name, chosen in {"called": called, "kept": kept, "cached": cached}.items()}

print(prefect.__version__, flush=True)
for line in sys.stdin:
    total = jobs[line.strip()]()
    print(total, flush=True)
