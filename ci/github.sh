#!/bin/sh
# What people see on GitHub. A comment and an issue are made once, then updated:
# sh ci/github.sh comment NUMBER FILE | issue TITLE FILE | close TITLE FILE
set -eu

sent=$(mktemp)
trap 'rm -f "$sent"' EXIT

api() { # METHOD PATH [OPTION...]: one call. The token goes by standard input, because everybody on a host sees arguments
    method=$1
    path=$2
    shift 2
    printf 'header = "Authorization: Bearer %s"\n' "$GH_TOKEN" |
        curl --config - --silent --show-error --fail-with-body --request "$method" "$@" \
            --header 'Accept: application/vnd.github+json' "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/$path"
}

find_own() { # PATH FILTER: what the filter takes of the first entry of a list that it finds, among those of workflows
    page=1
    while :; do
        entries=$(api GET "$1page=$page&per_page=100")
        [ "$(printf '%s' "$entries" | jq length)" -gt 0 ] || break
        found=$(printf '%s' "$entries" | jq -r "[.[] | select(.user.type == \"Bot\") | $2][0] // empty")
        if [ -n "$found" ]; then
            printf '%s' "$found"
            break
        fi
        page=$((page + 1))
    done
}

send() { # METHOD PATH FILTER FILE: a call with a document, which the filter makes from the text of the file
    jq --raw-input --slurp "$3" "$4" >"$sent"
    api "$1" "$2" --data "@$sent" >/dev/null
}

# The filters read them.
MARK='' TITLE=''
export MARK TITLE

case $1 in
comment)
    MARK=$(head -n 1 "$3")
    own=$(find_own "issues/$2/comments?" 'select(.body | startswith(env.MARK)) | .id')
    if [ -n "$own" ]; then
        send PATCH "issues/comments/$own" '{body: .}' "$3"
    else
        send POST "issues/$2/comments" '{body: .}' "$3"
    fi
    ;;
issue | close)
    TITLE=$2
    own=$(find_own 'issues?state=open&' 'select(.title == env.TITLE) | .number')
    if [ "$1" = close ]; then
        [ -z "$own" ] || send PATCH "issues/$own" '{body: ., state: "closed"}' "$3"
    elif [ -n "$own" ]; then
        send PATCH "issues/$own" '{body: .}' "$3"
    else
        send POST issues '{title: env.TITLE, body: .}' "$3"
    fi
    ;;
*)
    echo "error: say comment, issue or close" >&2
    exit 1
    ;;
esac
