#!/usr/bin/env bash
# generate.sh [ADDRESS [MODEL]]: one image, with curl alone; writes image.png into the working directory.
# Where the service has several models it wants to know which.
set -euo pipefail
address=${1:-http://127.0.0.1:8080}
model=${2:+, \"model\": \"$2\"}
token=(${PHANTOM_TOKEN:+--header "Authorization: Bearer $PHANTOM_TOKEN"})

# 202 with the job's address in Location; the body is the job.
location=$(curl --silent --show-error --fail-with-body "${token[@]}" --json "{\"seed\": 7$model}" \
  --output job.json --write-out '%header{location}' "$address/v1/generations")

# Each request waits for the next change of the job, up to 50 seconds.
until grep --quiet --extended-regexp '"status": ?"(succeeded|failed|cancelled)"' job.json; do
  curl --silent --show-error --fail-with-body "${token[@]}" --output job.json "$address$location?wait=50"
done

# Fails with the problem document if the job did.
curl --silent --show-error --fail-with-body "${token[@]}" --output image.png "$address$location/images/0"
echo "$address$location: image.png"
