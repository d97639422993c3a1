#!/bin/sh
# One step of a pipeline, the same for every forge: sh ci/stack.sh STEP [STACK]. What a step reports to people is in $REPORTS.
set -eu
cd "$(dirname "$0")/.."

STACKS=ci/stacks
REPORTS=${REPORTS:-ci-reports}
CHANGED=7 # how Pulumi ends when it expected no changes
PULUMI_SKIP_UPDATE_CHECK=true
export PULUMI_SKIP_UPDATE_CHECK

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

value() { # NAME: the second word of a line of ci/stacks
    awk -v name="$1" '$1 == name { print $2; found = 1 } END { exit !found }' "$STACKS" ||
        fail "$1 is not in $STACKS"
}

stacks() { # the stacks in their order
    awk '!/^(#|$)/ && $1 != "backend" && $1 != "read" { print $1 }' "$STACKS"
}

choose() { # STACK: log in, install what is missing, select
    value "$1" >/dev/null
    [ -f "stacks/Pulumi.$1.yaml" ] || fail "stacks/Pulumi.$1.yaml does not exist"
    grep -q '^secretsprovider: awskms:' "stacks/Pulumi.$1.yaml" ||
        fail "stacks/Pulumi.$1.yaml has no secretsprovider: run pulumi stack init as docs/how-to/run-in-ci.md says"
    pulumi login "$(value backend)" >/dev/null
    # A restored .venv is whole: its cache's key is the hash of the locked packages.
    [ -x .venv/bin/python ] || pulumi install
    pulumi stack select "$1"
}

rules() { # the options by which a command asks the policy pack, where the repository has it
    [ -f policy/run ] || return 0
    if [ ! -x policy/.venv/bin/python ]; then
        python3 -m venv policy/.venv
        policy/.venv/bin/pip install -q --disable-pip-version-check --require-hashes -r policy/requirements.txt
    fi
    echo --policy-pack policy/run
}

picture() { # STACK EXIT-CODE: the plan of the cluster for people, with the addresses that it has and what would change
    package=dualstack
    if [ -d components ]; then package=components; fi
    # A preview that failed has not found every change.
    if [ "$2" = 0 ]; then changes="--preview $events"; else changes=; fi
    drawn=no
    # shellcheck disable=SC2086 # two words, or none
    if pulumi stack export >"$REPORTS/state.json" &&
        .venv/bin/python -m "$package" plan --format markdown --state "$REPORTS/state.json" $changes "stacks/Pulumi.$1.yaml"; then
        drawn=yes
    fi
    rm -f "$REPORTS/state.json" "$events"
    [ "$drawn" = yes ]
}

report() { # STACK WORDS: what the step found. All stacks share one comment, which has 65,536 characters at most
    share=$((60000 / $(stacks | wc -l)))
    {
        printf '## %s: %s\n\n' "$1" "$2"
        if [ -f "$REPORTS/$1.plan" ] && [ "$(wc -c <"$REPORTS/$1.plan")" -lt "$share" ]; then
            # Its title is the one above.
            sed 1,2d "$REPORTS/$1.plan"
            share=$((share - $(wc -c <"$REPORTS/$1.plan")))
            echo
        fi
        printf '<details><summary>Output</summary>\n\n~~~~text\n'
        tail -c "$share" "$REPORTS/$1.log"
        printf '~~~~\n\n</details>\n'
    } >"$REPORTS/$1.md"
}

run() { # STACK COMMAND...: run it with its output in the log of the job and in that of the stack
    name=$1
    shift
    mkdir -p "$REPORTS"
    { "$@" 2>&1 && echo 0 >"$REPORTS/$name.code" || echo $? >"$REPORTS/$name.code"; } | tee "$REPORTS/$name.log"
    return "$(cat "$REPORTS/$name.code")"
}

plan=$REPORTS/plan.json
events=$REPORTS/events

case ${1:-} in
list) # the stacks as a list in JSON
    stacks | awk 'BEGIN { printf "[" } { printf "%s\"%s\"", (NR == 1 ? "" : ","), $1 } END { print "]" }'
    ;;
role) # STACK read|write: the role, and the region in which its session begins
    name="read"
    if [ "$3" = write ]; then name=$2; fi
    region=$(awk '$1 == "aws:region:" { print $2 }' "stacks/Pulumi.$2.yaml")
    printf 'role=%s\nregion=%s\n' "$(value "$name")" "$region"
    ;;
check)
    make lint test
    ;;
rehearse) # STACK: without an account, in a state of its own, because another stack's may run on the same machine
    DUALSTACK_STATE=$(mktemp -d)
    export DUALSTACK_STATE
    make -s up STACK="$2"
    make -s preview STACK="$2"
    make -s down STACK="$2"
    ;;
preview) # STACK: the plan for review, and for `up`
    choose "$2"
    code=0
    mkdir -p "$REPORTS"
    asked=$(rules)
    # The option --event-log is one of those that the variable shows. Automation API uses both.
    # shellcheck disable=SC2086 # two words, or none
    run "$2" env PULUMI_DEBUG_COMMANDS=true pulumi preview --suppress-progress --diff --refresh $asked \
        --save-plan "$plan" --event-log "$events" || code=$?
    # Without it the report has the output alone.
    picture "$2" "$code" >"$REPORTS/$2.plan" || rm -f "$REPORTS/$2.plan"
    [ "$code" = 0 ] && words='what would change' || words='the preview **failed**'
    report "$2" "$words"
    exit "$code"
    ;;
up) # STACK: what was planned if there is a plan, else what the commit says
    choose "$2"
    asked=$(rules)
    if [ -f "$plan" ]; then asked="$asked --plan $plan"; fi
    # shellcheck disable=SC2086 # words without spaces, or none
    run "$2" pulumi up --suppress-progress --yes --skip-preview --refresh $asked
    ;;
drift) # STACK: fails if somebody changed what the stack made
    choose "$2"
    code=0
    run "$2" pulumi refresh --suppress-progress --preview-only --diff --expect-no-changes || code=$?
    case $code in
    0) words='no drift' ;;
    "$CHANGED") words='**somebody changed what the stack made**' ;;
    *) words='the check **failed**' ;;
    esac
    report "$2" "$words"
    exit "$code"
    ;;
destroy) # STACK NAME: only if the name was typed
    [ "${3:-}" = "$2" ] || fail "type the stack's name to destroy it: $2, not '${3:-}'"
    choose "$2"
    run "$2" pulumi destroy --suppress-progress --yes --skip-preview --refresh
    ;;
comment) # all reports as one text, which later runs find again by its first line
    echo '<!-- dualstack: the reports of the stacks -->'
    for stack in $(stacks); do
        found=$(find "$REPORTS" -name "$stack.md" | head -n 1)
        if [ -n "$found" ]; then cat "$found"; else printf '## %s: **no report**: see the log of its job\n' "$stack"; fi
        echo
    done
    if [ -n "${RUN:-}" ]; then echo "Of $COMMIT. Whole outputs and plans: $RUN"; fi
    ;;
*)
    fail "say one of list, role, check, rehearse, preview, up, drift, destroy, comment"
    ;;
esac
