#!/usr/bin/env bash
# Runs load benchmarks and puts what they measured into docs/performance.md:
# all of them, which takes some ten minutes on two cores, or those that are
# named. Results are kept as JSON in bin/bench.
# Usage: tools/bench.sh [NAME…]
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/bin/bench page=docs/performance.md
mkdir -p "$out"
everything=(decoders detect detect-market peers peers-market feed-100k feed-300k feed-flat keys poll recover)

# run NAME ARGUMENT… runs a benchmark, shows its table and renews its part.
run() {
	local name=$1
	shift
	bin/orderguard bench "$@" --json "$out/$name.json"
	bin/orderguard bench report --page "$page" "$out/$name.json"
}

# peers NAME ARGUMENT… runs the product against the others.
peers() {
	GOEXPERIMENT=jsonv2 go build -o bin/orderguard-jsonv2 ./cmd/orderguard
	run "$1" peers --jsonv2 bin/orderguard-jsonv2 "${@:2}"
}

for name in "${@:-${everything[@]}}"; do
	printf '\n== %s\n' "$name" >&2
	case $name in
	decoders)
		(cd bench/decoders && ORDERGUARD_DECODERS="$out/$name.json" ORDERGUARD_COMMIT=$(git describe --tags --always --dirty) \
			go test -count=1 -run '^TestResult$' .)
		bin/orderguard bench report "$out/$name.json"
		bin/orderguard bench report --page "$page" "$out/$name.json"
		;;
	detect) run "$name" detect --orders 1000000 --rounds 3 ;;
	detect-market) run "$name" detect --market --orders 200000 --rounds 3 ;;
	peers) peers "$name" --orders 1000000 --rounds 3 ;;
	peers-market) peers "$name" --market --orders 200000 --rounds 3 ;;
	feed-100k) run "$name" feed --rate 100000 --for 60s ;;
	feed-300k) run "$name" feed --rate 300000 --for 60s ;;
	feed-flat) run "$name" feed --rate 0 --for 15s ;;
	keys) run "$name" keys --buyers 1000000,5000000,20000000 --curves ;;
	keys-50m) run "$name" keys --buyers 50000000 ;; # only when it is named: it takes long
	poll) run "$name" poll ;;
	recover) run "$name" recover ;;
	*)
		echo "no benchmark $name: want some of ${everything[*]} keys-50m" >&2
		exit 2
		;;
	esac
done
