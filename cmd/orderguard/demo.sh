#!/usr/bin/env bash
# Shows Orderguard at work, from an empty folder to a seller's list of flagged
# orders. It needs Go, bash and the usual small tools; curl is used if there is
# one. With DEMO_KEEP=1 the daemon stays up until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$PWD/bin/orderguard
orders=${DEMO_ORDERS:-20000}
work=$(mktemp -d "${TMPDIR:-/tmp}/orderguard-demo.XXXXXX")
daemon=

bold= plain=
[ ! -t 1 ] || { bold=$'\e[1m' plain=$'\e[0m'; }
say() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
fail() {
	printf 'demo: %s\n' "$*" >&2
	[ ! -s "$work/serve.log" ] || tail -n 20 "$work/serve.log" >&2
	exit 1
}
stop() {
	if [ -n "$daemon" ] && kill -TERM "$daemon" 2>/dev/null; then
		wait "$daemon" || true
	fi
	rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

# get PATH [TOKEN] prints the body of an answer.
get() {
	if command -v curl >/dev/null; then
		curl -fsS --noproxy '*' -H "Authorization: Bearer ${2:-none}" "http://$http$1"
		return
	fi
	# Without curl, bash speaks HTTP itself; 1.0, so that no body comes in chunks.
	exec 3<>"/dev/tcp/${http%:*}/${http##*:}"
	printf 'GET %s HTTP/1.0\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n' "$1" "$http" "${2:-none}" >&3
	sed '1,/^\r*$/d' <&3
	exec 3<&-
}

# field NAME prints a string of the JSON object on stdin.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# taken prints how many bytes of the feeds have been judged.
taken() { get /metrics | awk '$1 == "orderguard_bytes_total" { printf "%.0f", $2 }'; }

say "A marketplace of about $orders orders, with attacks in it"
"$bin" gen --seed 42 --days 3 --orders "$orders" --out "$work/events.ndjson" --labels "$work/labels.ndjson"
size=$(wc -c <"$work/events.ndjson")

say "The daemon, in an empty data folder"
"$bin" serve --data "$work/data" --tcp 127.0.0.1:0 --http 127.0.0.1:0 --ready-file "$work/ready.json" 2>"$work/serve.log" &
daemon=$!
for _ in $(seq 200); do
	[ -s "$work/ready.json" ] && break
	kill -0 "$daemon" 2>/dev/null || { daemon=; fail "the daemon ended at once"; }
	sleep 0.1
done
[ -s "$work/ready.json" ] || fail "the daemon was not ready within 20 s"
http=$(field http <"$work/ready.json")
tcp=$(field tcp <"$work/ready.json")
echo "events over TCP at $tcp, alerts over HTTP at $http"

say "The stream goes in over TCP: cat events.ndjson > /dev/tcp/${tcp/:/\/}"
begin=$(date +%s%N)
cat "$work/events.ndjson" >"/dev/tcp/${tcp%:*}/${tcp##*:}"
for _ in $(seq 600); do
	[ "$(taken)" = "$size" ] && break
	sleep 0.1
done
[ "$(taken)" = "$size" ] || fail "the stream was not judged within a minute"
echo "$(wc -l <"$work/events.ndjson") events judged after $((($(date +%s%N) - begin) / 1000000)) ms"

# One attack of each scenario: the shop that its first order is at.
say "What the sellers under attack see: GET /v1/shops/SHOP/alerts"
printf '%-18s %-8s %5s  %-8s  %-8s  %s\n' SCENARIO SEVERITY SCORE SHOP ORDER WHY
shown=0 page=
for scenario in malicious_order malicious_refund malicious_dispute malicious_review harassment unfulfillable; do
	order=$(grep -m1 "\"scenario\":\"$scenario\"" "$work/labels.ndjson" | field order) || continue
	shop=$(grep -m1 "\"order\":\"$order\"" "$work/events.ndjson" | field shop)
	token=$("$bin" token create --data "$work/data" --role seller --shop "$shop" --name demo)
	get "/v1/shops/$shop/alerts?limit=50&scenario=$scenario" "$token" >"$work/alerts.json"
	# The answer is one line; each alert in it begins with its id.
	rows=$(awk -v RS='[{]"alert":' '
		function of(name,   v) {
			if (!match($0, "\"" name "\":(\"[^\"]*\"|[0-9]+)")) return "-"
			v = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
			gsub(/"/, "", v)
			return v
		}
		NR > 1 && n++ < 3 { printf "%-18s %-8s %5s  %-8.8s  %-8.8s  %s\n", of("scenario"), of("severity"), of("score"), of("shop"), of("order"), of("text") }
	' "$work/alerts.json")
	[ -n "$rows" ] || continue
	echo "$rows"
	shown=$((shown + 1))
	[ -n "$page" ] || page="http://$http/#shop=$shop&token=$token"
	alerts="/v1/shops/$shop/alerts" seller=$token
done
[ "$shown" -gt 0 ] || fail "no flagged order was shown"

say "How right that was: orderguard detect events.ndjson | orderguard eval --labels labels.ndjson -"
"$bin" detect "$work/events.ndjson" 2>"$work/detect.log" | "$bin" eval --labels "$work/labels.ndjson" - >"$work/eval.txt"
sed '/^ *$/,$d' "$work/eval.txt"

say "Where to look, while the daemon is up (DEMO_KEEP=1 make demo keeps it up)"
cat <<END
a seller's page  $page
one shop's list  curl -H "Authorization: Bearer $seller" http://$http$alerts
the API          http://$http/openapi.json
metrics          http://$http/metrics
END

if [ -n "${DEMO_KEEP:-}" ]; then
	say "The daemon stays up until Ctrl-C"
	trap 'exit 0' INT
	wait "$daemon"
	exit
fi
say "SIGTERM ends the daemon in order"
kill -TERM "$daemon"
code=0
wait "$daemon" || code=$?
daemon=
[ "$code" = 0 ] || fail "the daemon ended with code $code"
