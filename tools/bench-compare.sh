#!/usr/bin/env bash
# Compares the benchmarks of the working tree with those of another commit:
# ten runs of each, in turn, so that a noisy machine is as noisy for both.
# Usage: tools/bench-compare.sh COMMIT REGEXP PACKAGES
set -euo pipefail
cd "$(dirname "$0")/.."
base=${1:-HEAD~1} regexp=${2:-.} packages=${3:-./...} runs=${RUNS:-10}

work=$(mktemp -d)
trap 'git worktree remove --force "$work/base" 2>/dev/null || true; rm -rf "$work"' EXIT
git worktree add --quiet --detach "$work/base" "$base"

# build FOLDER TO compiles the test binaries of the packages that have
# benchmarks, each named after its package.
build() {
	local pkg
	for pkg in $(cd "$1" && go list $packages); do
		local name=${pkg##*/} dir
		dir=$(cd "$1" && go list -f '{{.Dir}}' "$pkg")
		grep -qs '^func Benchmark' "$dir"/*_test.go || continue
		(cd "$1" && go test -c -o "$2/$name" "$pkg")
		echo "$dir" >"$2/$name.dir"
	done
}
mkdir "$work/old" "$work/new"
build "$work/base" "$work/old"
build "$PWD" "$work/new"

for run in $(seq "$runs"); do
	for side in old new; do
		for binary in "$work/$side"/*.dir; do
			binary=${binary%.dir}
			echo "run $run of $runs: $side $(basename "$binary")" >&2
			(cd "$(cat "$binary.dir")" && "$binary" -test.run '^$' -test.bench "$regexp" -test.benchmem) >>"$work/$side.txt"
		done
	done
done
go tool -modfile=tools/go.mod benchstat "old=$work/old.txt" "new=$work/new.txt"
