#!/usr/bin/env bash
# generate.sh [ADDRESS]: one image, with curl alone; writes image.png into the working directory.
set -euo pipefail
address=${1:-http://127.0.0.1:8080}
token=(${PHANTOM_TOKEN:+--header "Authorization: Bearer $PHANTOM_TOKEN"})

# 202 with the job's address in Location; the body is the job.
location=$(curl --silent --show-error --fail-with-body "${token[@]}" --json '{"steps": 20, "seed": 7}' \
  --output job.json --write-out '%header{location}' "$address/v1/generations")

# Each request waits for the next change of the job, up to 50 seconds.
until grep --quiet --extended-regexp '"status": ?"(succeeded|failed|cancelled)"' job.json; do
  curl --silent --show-error --fail-with-body "${token[@]}" --output job.json "$address$location?wait=50"
done

# Fails with the problem document if the job did.
curl --silent --show-error --fail-with-body "${token[@]}" --output image.png "$address$location/images/0"
echo "$address$location: image.png"
