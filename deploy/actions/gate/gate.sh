#!/usr/bin/env bash
# Waits at a gate of Fairway until people have decided, with bash and curl alone. Ends with 0 only where the answer says that the
# step goes; whatever else is said, and whatever fails, ends otherwise.
set -euo pipefail

fail() {
  printf '::error title=Fairway gate::%s\n' "$1"
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077

url=${FAIRWAY_URL:?Set url to the address of Fairway.}
url=${url%/}
: "${FAIRWAY_SERVICE:?Set service to the slug of the service in Fairway.}"
: "${FAIRWAY_ENVIRONMENT:?Set environment to the name of the environment.}"
: "${GITHUB_RUN_ID:?This runs in a workflow of GitHub Actions.}"
minutes=${FAIRWAY_TIMEOUT_MINUTES:-1440}
[[ $minutes =~ ^[0-9]{1,6}$ ]] || fail "timeout-minutes is a number of minutes."
[[ $GITHUB_RUN_ID/${GITHUB_RUN_ATTEMPT:-1} =~ ^[0-9]+/[0-9]+$ ]] || fail "GITHUB_RUN_ID and GITHUB_RUN_ATTEMPT are numbers."
for name in "${!FAIRWAY_@}"; do
  [[ ${!name} != *[[:cntrl:]]* ]] || fail "Leave control characters out of $name."
done
ends=$((SECONDS + 10#$minutes * 60))

# A text as JSON; it has no control characters.
quoted() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "$text"
}

# The text of a field of the last answer. Quotes in texts are escaped, so that no text can pass for a field.
field() {
  sed -n "s/.*\"$1\":\"\\([^\"\\\\]*\\)\".*/\\1/p" "$work/answer" | head -n 1
}

# The beginning of an answer that was not understood, in one line: nothing in it is taken for a command of the workflow.
answer() {
  head -c 300 "$work/answer" 2>/dev/null | tr -c '[:print:]' ' '
}

# Sends a request whose secret stands in a file, never among the arguments that others on the machine see; gives the status,
# 000 where no whole answer came.
send() {
  local status
  : >"$work/answer"
  status=$(curl --silent --show-error --max-time 60 --header "@$work/headers" --output "$work/answer" \
    --write-out '%{http_code}' "$@") || status=000
  printf '%s' "$status"
}

# A token for 15 minutes, for the ID token that GitHub gives this job.
sign_in() {
  local id_token status token
  if [ -n "${FAIRWAY_TOKEN:-}" ]; then
    printf 'Authorization: Bearer %s\n' "$FAIRWAY_TOKEN" >"$work/headers"
    return
  fi
  [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ] ||
    fail "GitHub gives this job no ID token. Set permissions: id-token: write for it."
  printf 'Authorization: Bearer %s\n' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" >"$work/headers"
  status=$(send --get --data-urlencode "audience=${FAIRWAY_AUDIENCE:-$url}" "$ACTIONS_ID_TOKEN_REQUEST_URL")
  id_token=$(field value)
  [ -n "$id_token" ] || fail "GitHub gave no ID token (status $status)."
  printf 'Content-Type: application/json\n' >"$work/headers"
  printf '{"subject_token":%s,"scope":"deploys:write"}' "$(quoted "$id_token")" >"$work/body"
  status=$(send --data-binary "@$work/body" "$url/api/v1/tokens/exchange")
  [ "$status" = 200 ] || fail "Fairway does not take the ID token (status $status): $(field detail)"
  token=$(field access_token)
  printf '::add-mask::%s\n' "$token"
  printf 'Authorization: Bearer %s\n' "$token" >"$work/headers"
}

# Asks until there is an answer about the gate. Signs in again where a token has ended; waits where Fairway is away.
ask() {
  local status signed=0
  while :; do
    [ "$SECONDS" -lt "$ends" ] || fail "Nobody decided within $minutes minutes. ${page:-}"
    status=$(send "$@")
    case $status in
      200 | 201) return ;;
      401)
        [ "$signed" -lt 3 ] || fail "Fairway does not take the token: $(field detail)"
        signed=$((signed + 1))
        sign_in
        ;;
      000 | 408 | 429 | 5??) sleep 5 ;;
      *) fail "Fairway refuses (status $status): $(answer)" ;;
    esac
  done
}

job=${FAIRWAY_JOB:-${GITHUB_JOB:-job}/${FAIRWAY_JOB_INDEX:-0}}
gate() {
  printf '{"service":%s,"environment":%s' "$(quoted "$FAIRWAY_SERVICE")" "$(quoted "$FAIRWAY_ENVIRONMENT")"
  printf ',"run_id":%s,"run_attempt":%s,"job":%s' "$GITHUB_RUN_ID" "${GITHUB_RUN_ATTEMPT:-1}" "$(quoted "$job")"
  local name value
  for name in sha digest version config plan; do
    value=FAIRWAY_${name^^}
    [ -z "${!value:-}" ] || printf ',"%s":%s' "$name" "$(quoted "${!value}")"
  done
  value=${GITHUB_TRIGGERING_ACTOR:-${GITHUB_ACTOR:-}}
  [ -z "$value" ] || printf ',"initiator":%s' "$(quoted "$value")"
  printf '}'
}

sign_in
gate >"$work/gate"
ask --header 'Content-Type: application/json' --data-binary "@$work/gate" "$url/api/v1/gates"
id=$(field id)
page=$url$(field page)
[[ $id =~ ^[0-9a-f-]{36}$ ]] || fail "Fairway's answer cannot be read: $(answer)"
printf 'gate=%s\nrequest=%s\n' "$id" "$page" >>"${GITHUB_OUTPUT:-/dev/null}"
printf 'Waits for a decision: %s\n' "$page"

while [ "$(field state)" = pending ]; do
  ask "$url/api/v1/gates/$id?wait=25"
done
if grep -q '"goes":true' "$work/answer"; then
  printf '::notice title=Fairway gate::%s: %s\n' "$(field state)" "$page"
else
  fail "$(field state): $(field why) $page"
fi
