#!/bin/sh
# One step of a pipeline, the same for every forge: sh ci/stack.sh STEP [STACK]. What a step reports to people is in $REPORTS.
set -eu
cd "$(dirname "$0")/.."

STACKS=ci/stacks
REPORTS=${REPORTS:-ci-reports}
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

picture() { # STACK: the plan of the cluster for people, with the addresses that it has
    package=dualstack
    if [ -d components ]; then package=components; fi
    drawn=no
    if pulumi stack export >"$REPORTS/state.json" &&
        .venv/bin/python -m "$package" plan --format markdown --state "$REPORTS/state.json" "stacks/Pulumi.$1.yaml"; then
        drawn=yes
    fi
    rm -f "$REPORTS/state.json"
    [ "$drawn" = yes ]
}

report() { # STACK EXIT-CODE WORDS: what the step found, from its output
    # shellcheck disable=SC2016 # they are Markdown's
    fence='```'
    {
        printf '### %s: %s\n\n<details><summary>Output</summary>\n\n%s\n' "$1" "$3" "$fence"
        # A comment has 65,536 characters at most, for all stacks.
        tail -c 12000 "$REPORTS/$1.log"
        printf '%s\n\n</details>\n' "$fence"
        if [ -f "$REPORTS/$1.plan" ]; then cat "$REPORTS/$1.plan"; fi
    } >"$REPORTS/$1.md"
    return "$2"
}

run() { # STACK COMMAND...: run it with its output in the log of the job and in that of the stack
    name=$1
    shift
    mkdir -p "$REPORTS"
    { "$@" 2>&1 && echo 0 >"$REPORTS/$name.code" || echo $? >"$REPORTS/$name.code"; } | tee "$REPORTS/$name.log"
    return "$(cat "$REPORTS/$name.code")"
}

plan=$REPORTS/plan.json

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
    # shellcheck disable=SC2086 # two words, or none
    run "$2" pulumi preview --suppress-progress --diff --refresh $asked --save-plan "$plan" || code=$?
    # Without it the report has the output alone.
    picture "$2" >"$REPORTS/$2.plan" || rm -f "$REPORTS/$2.plan"
    [ "$code" = 0 ] && words='what would change' || words='the preview **failed**'
    report "$2" "$code" "$words"
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
    [ "$code" = 0 ] && words='no drift' || words='**somebody changed what the stack made**, or the check failed'
    report "$2" "$code" "$words"
    ;;
destroy) # STACK NAME: only if the name was typed
    [ "${3:-}" = "$2" ] || fail "type the stack's name to destroy it: $2, not '${3:-}'"
    choose "$2"
    run "$2" pulumi destroy --suppress-progress --yes --skip-preview --refresh
    ;;
comment) # all reports as one text, which later runs find again by its first line
    echo '<!-- dualstack: the plans of a pull request -->'
    for stack in $(stacks); do
        found=$(find "$REPORTS" -name "$stack.md" | head -n 1)
        if [ -n "$found" ]; then cat "$found"; else printf '### %s: no preview\n' "$stack"; fi
    done
    ;;
*)
    fail "say one of list, role, check, rehearse, preview, up, drift, destroy, comment"
    ;;
esac
