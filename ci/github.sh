#!/bin/sh
# What people see on GitHub: sh ci/github.sh comment NUMBER FILE, or sh ci/github.sh issue TITLE FILE. Each is made once, then updated.
set -eu

case $1 in
comment)
    mark=$(head -n 1 "$3")
    comments=repos/$GITHUB_REPOSITORY/issues/$2/comments
    id=$(gh api --paginate "$comments" | jq -r --arg mark "$mark" '.[] | select(.body | startswith($mark)) | .id' | head -n 1)
    if [ -n "$id" ]; then
        gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$3" >/dev/null
    else
        gh api --method POST "$comments" --field "body=@$3" >/dev/null
    fi
    ;;
issue)
    number=$(gh issue list --state open --json number,title | jq -r --arg title "$2" '.[] | select(.title == $title) | .number' | head -n 1)
    if [ -n "$number" ]; then
        gh issue edit "$number" --body-file "$3"
    else
        gh issue create --title "$2" --body-file "$3"
    fi
    ;;
*)
    echo "error: say comment or issue" >&2
    exit 1
    ;;
esac
