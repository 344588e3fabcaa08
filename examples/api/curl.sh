#!/bin/sh
# Launches a job over HTTP, follows it to its end, and looks at what it learned: with curl, and nothing else.
# Run: marlin serve &  then  sh examples/api/curl.sh
# MARLIN_URL tells where the API is, MARLIN_API_KEY who asks (none is needed on the same machine).
set -eu
url=${MARLIN_URL:-http://127.0.0.1:7373}

# The key goes in by a file descriptor: arguments are seen by every process of the machine.
api() {
  if [ -n "${MARLIN_API_KEY:-}" ]; then
    printf 'header = "Authorization: Bearer %s"\n' "$MARLIN_API_KEY"
  fi | curl --config - --silent --show-error --fail-with-body --retry 5 --retry-connrefused "$@"
}

# A key of one's own makes it harmless to send this again: however often it arrives, there is one job.
job=$(api "$url/v1/jobs" \
  --header 'Content-Type: application/json' \
  --header "Idempotency-Key: curl-example-$$-$(date +%s)" \
  --data '{
    "spec": {
      "name": "curl-example",
      "env": { "id": "median-v1" },
      "rollout": { "shards": 2, "envsPerShard": 4, "horizon": 10 },
      "stop": { "iterations": 5 }
    },
    "labels": { "from": "curl" }
  }') || { echo "$job" >&2; exit 1; }
id=$(echo "$job" | sed 's/^{"id":"\([^"]*\)".*/\1/')
echo "job $id"

# Server-sent events, until the job ends. Broken off, it goes on with --header "Last-Event-ID: <the last id>".
api --no-buffer "$url/v1/jobs/$id/events?types=iteration,finished" | sed -n 's/^event: //p'

api "$url/v1/jobs/$id"
echo
