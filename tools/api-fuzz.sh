#!/usr/bin/env bash
# Runs schemathesis, which somebody else wrote, against the API with a token of
# each role: no answer may be a 5xx, have a status that openapi.json does not
# name, or break its schemas. It starts bin/orderguard with a sample market, or
# with API_FUZZ_FAKE=1 the parts that the tests of package api use.
#
#   API_FUZZ_ROLES     which roles (all)
#   API_FUZZ_EXAMPLES  how many calls of each operation and kind (40)
#   API_FUZZ_SEED      of what is drawn (1)
#   API_FUZZ_CACHE     where schemathesis is installed (~/.cache/orderguard)
set -euo pipefail
cd "$(dirname "$0")/.."

release=4.32.5
roles=${API_FUZZ_ROLES:-seller reviewer engineer enforcer feeder admin}
cache=${API_FUZZ_CACHE:-$HOME/.cache/orderguard}
st=$cache/schemathesis-$release/bin/st
work=$(mktemp -d "${TMPDIR:-/tmp}/orderguard-api-fuzz.XXXXXX")
daemon=

fail() {
	printf 'api-fuzz: %s\n' "$*" >&2
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

# call TOKEN METHOD PATH [BODY] prints the body of an answer.
call() {
	curl -fsS --noproxy '*' -X "$2" -H "Authorization: Bearer $1" -H 'Content-Type: application/json' ${4:+--data-binary "$4"} "$url$3"
}

# field NAME prints the first string of that name in the JSON that stdin begins with.
field() {
	local json
	json=$(head -c 65536)
	[[ $json =~ \"$1\":\"([^\"]*)\" ]] || fail "no $1 in ${json:0:200}"
	printf '%s' "${BASH_REMATCH[1]}"
}

if [ ! -x "$st" ]; then
	echo "api-fuzz: installing schemathesis $release in $cache"
	python3 -m venv "$cache/schemathesis-$release"
	"$cache/schemathesis-$release/bin/pip" install -q "schemathesis==$release"
fi

declare -A token
if [ -n "${API_FUZZ_FAKE:-}" ]; then
	go test -c -o "$work/fake" ./api
	(cd api && ORDERGUARD_LEND=127.0.0.1:0 exec "$work/fake" -test.run '^TestLend$' -test.timeout 0) >"$work/ready" 2>"$work/serve.log" &
	daemon=$!
	for _ in $(seq 100); do
		url=$(sed -n 's/^serving //p' "$work/ready")
		[ -z "$url" ] || break
		sleep 0.1
	done
	shop=s-1
	for role in seller reviewer engineer enforcer feeder admin; do token[$role]=og_$role; done
else
	bin/orderguard gen --seed 42 --days 3 --orders 5000 --out "$work/events.ndjson" --labels "$work/labels.ndjson"
	bin/orderguard serve --data "$work/data" --tcp 127.0.0.1:0 --http 127.0.0.1:0 --ready-file "$work/ready" 2>"$work/serve.log" &
	daemon=$!
	for _ in $(seq 200); do
		[ ! -s "$work/ready" ] || break
		kill -0 "$daemon" 2>/dev/null || { daemon=; fail "the daemon ended at once"; }
		sleep 0.1
	done
	url=http://$(field http <"$work/ready")
	token[feeder]=$(bin/orderguard token create --role feeder --data "$work/data")
	curl -fsS --noproxy '*' -H "Authorization: Bearer ${token[feeder]}" --data-binary "@$work/events.ndjson" "$url/v1/events" >/dev/null
	bin/orderguard detect "$work/events.ndjson" >"$work/alerts.ndjson" 2>"$work/detect.log"
	shop=$(field shop <"$work/alerts.ndjson")
	token[seller]=$(bin/orderguard token create --role seller --shop "$shop" --data "$work/data")
	for role in reviewer engineer enforcer admin; do token[$role]=$(bin/orderguard token create --role "$role" --data "$work/data"); done
fi
[ -n "$url" ] || fail "nothing serves"

# Things that there are, so that calls get as far as what they are about.
call "${token[seller]}" GET "/v1/shops/$shop/alerts?limit=1" >"$work/alert" || fail "the shop $shop has no alerts"
order=$(field order <"$work/alert") alert=$(field alert <"$work/alert") attack=$(field attack <"$work/alert") buyer=$(field buyer <"$work/alert")
report=$(call "${token[seller]}" POST "/v1/shops/$shop/reports" "{\"order\":\"$order\",\"scenario\":\"harassment\",\"statement\":\"x\"}" | field report) || fail "no report could be filed"
cat >"$work/known.toml" <<END
[parameters]
"path.shop" = "$shop"
"path.alert" = "$alert"
"path.attack" = "$attack"
"path.order" = "$order"
"path.buyer" = "$buyer"
"path.report" = "$report"
"query.wait" = "0.1s"
END
# And without them, so that names of all kinds are tried.
cat >"$work/any.toml" <<'END'
[parameters]
"query.wait" = "0.1s"
END

checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance
checks=$checks,negative_data_rejection,unsupported_method,allow_header_conformance,ignored_auth,missing_required_header
failed=0
# fuzz ROLE CONFIG EXAMPLES [FLAGS] runs schemathesis once.
fuzz() {
	local role=$1 config=$2 examples=$3
	shift 3
	echo "== $role, $config"
	PYTHONPATH=tools SCHEMATHESIS_HOOKS=api_fuzz "$st" --no-color --config-file "$work/$config.toml" run "$url/openapi.json" \
		-H "Authorization: Bearer ${token[$role]}" --checks "$checks" --phases examples,coverage,fuzzing -n "$examples" \
		--seed "${API_FUZZ_SEED:-1}" --continue-on-failure --request-timeout 120 --max-response-time 100 --warnings off "$@" >"$work/log" 2>&1 ||
		{ failed=1; cat "$work/log"; }
	grep -A 1 '^Test cases:' "$work/log" || fail "schemathesis did not run: $(tail -n 20 "$work/log")"
}
for role in $roles; do
	# Deleting the token in use ends the rest; a check reads everything each time.
	fuzz "$role" known "${API_FUZZ_EXAMPLES:-40}" --exclude-operation-id revokeToken --exclude-operation-id check
	fuzz "$role" any $((${API_FUZZ_EXAMPLES:-40} / 4)) --exclude-operation-id revokeToken --exclude-operation-id check
done
case " $roles " in *" admin "*) fuzz admin any 10 --include-operation-id revokeToken --include-operation-id check ;; esac
[ ! -s "$work/serve.log" ] || ! grep -E 'panicked|level=ERROR' "$work/serve.log" || failed=1
kill -0 "$daemon" 2>/dev/null || fail "the server ended"
[ "$failed" = 0 ] || fail "schemathesis found something, see above"
echo "api-fuzz: nothing found"
