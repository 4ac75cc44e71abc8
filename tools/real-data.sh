#!/usr/bin/env bash
# Runs detect over every *.ndjson.gz in the folder ORDERGUARD_DATA, and eval
# where a file of labels lies beside it.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${ORDERGUARD_DATA:-}" ]; then
	echo "ORDERGUARD_DATA is not set. Put events as NAME.ndjson.gz, and labels if there are any as" >&2
	echo "NAME.labels.ndjson.gz, in a folder, then: make real-data ORDERGUARD_DATA=/path/to/folder" >&2
	exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
found=
for events in "$ORDERGUARD_DATA"/*.ndjson.gz; do
	case $events in *.labels.ndjson.gz) continue ;; esac
	[ -f "$events" ] || continue
	found=yes
	printf '\n== %s\n' "$(basename "$events")"
	bin/orderguard detect "$events" >"$work/alerts.ndjson"
	labels=${events%.ndjson.gz}.labels.ndjson.gz
	if [ -f "$labels" ]; then
		bin/orderguard eval --labels "$labels" --events "$events" "$work/alerts.ndjson" >"$work/eval.txt"
		# The table of scenarios, and what was flagged wrongly.
		sed '/^ *$/,$d' "$work/eval.txt"
		sed -n '/flagged without a label/,$p' "$work/eval.txt"
		# Month by month, and who was flagged after the first one, and why.
		bin/orderguard eval --labels "$labels" --events "$events" --by-month "$work/alerts.ndjson" | tee "$work/months.txt"
		second=$(awk '$1 ~ /^[0-9]+-[0-9]+$/ && ++n == 2 { print $1 "-01" }' "$work/months.txt")
		if [ -n "$second" ]; then
			bin/orderguard eval --labels "$labels" --events "$events" --flagged-from "$second" "$work/alerts.ndjson"
		fi
	fi
done
[ -n "$found" ] || { echo "there is no *.ndjson.gz in $ORDERGUARD_DATA" >&2; exit 1; }
