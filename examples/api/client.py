#!/usr/bin/env python3
"""Launches a job over HTTP and follows it to its end, with Python's standard library alone.

Run: marlin serve &  then  python3 examples/api/client.py
MARLIN_URL tells where the API is, MARLIN_API_KEY who asks (none is needed on the same machine).
"""

import http.client
import json
import os
import random
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("MARLIN_URL", "http://127.0.0.1:7373")
KEY = os.environ.get("MARLIN_API_KEY")
ATTEMPTS = 6
PASSING = (408, 429, 502, 503, 504)


def open_path(method, path, body=None, headers=None, timeout=30):
    """Sends a request, again after a while where that may help. What is sent here may arrive twice without harm."""
    for attempt in range(ATTEMPTS):
        request = urllib.request.Request(URL + path, method=method, headers=dict(headers or {}))
        if KEY:
            request.add_header("Authorization", f"Bearer {KEY}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        wait = random.uniform(0, min(8, 0.5 * 2**attempt))
        try:
            return urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            with error:
                problem = json.load(error)
            if error.code not in PASSING or problem["code"] == "API_QUOTA_EXCEEDED" or attempt == ATTEMPTS - 1:
                raise SystemExit(f"{problem['code']}: {problem['detail']}") from None
            wait += float(error.headers.get("Retry-After", 0))
        except OSError:
            if attempt == ATTEMPTS - 1:
                raise
        time.sleep(wait)


def call(method, path, body=None, headers=None):
    with open_path(method, path, body, headers) as response:
        return json.load(response)


def events(job_id):
    """The job's events until it has ended, over as many connections as it takes."""
    last_id = None
    while True:
        headers = {"Accept": "text/event-stream"}
        if last_id is not None:
            headers["Last-Event-ID"] = last_id
        try:
            # The server says something every 15 seconds.
            with open_path("GET", f"/v1/jobs/{job_id}/events", headers=headers, timeout=45) as stream:
                if stream.status == 204:
                    return
                kind, data = "message", []
                for line in stream:
                    name, _, value = line.decode().rstrip("\r\n").partition(":")
                    value = value.removeprefix(" ")
                    if name == "event":
                        kind = value
                    elif name == "data":
                        data.append(value)
                    elif name == "id":
                        last_id = value
                    elif name == "" and value == "" and data:
                        yield kind, json.loads("\n".join(data))
                        if kind == "end":
                            return
                        kind, data = "message", []
        except (OSError, http.client.HTTPException):
            pass  # Broken off: the next connection goes on after the last event.
        time.sleep(random.uniform(0, 1))


launch = {
    "spec": {
        "name": "python-example",
        "env": {"id": "median-v1"},
        "rollout": {"shards": 2, "envsPerShard": 4, "horizon": 10},
        "stop": {"iterations": 5},
    },
    "labels": {"from": "python"},
}
# A key of one's own makes it harmless to send this again: however often it arrives, there is one job.
job = call("POST", "/v1/jobs", launch, {"Idempotency-Key": str(uuid.uuid4())})
print("job", job["id"])
for kind, event in events(job["id"]):
    if kind == "iteration":
        print("iteration", event["iteration"], "reward per step", event["agents"]["agent-0"]["rewardPerStep"])
job = call("GET", f"/v1/jobs/{job['id']}")
print(job["state"], job["progress"]["digest"])
