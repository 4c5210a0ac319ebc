#!/bin/sh
# Runs the C kernels under the sanitizers: addresses and undefined behaviour, then threads. One line a part; ends with 1 when
# anything was found. Needs clang with its run-time libraries (a Swift toolchain has them).
set -eu
cd "$(dirname "$0")/.."
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

# The thread sanitizer of a Swift toolchain refers to its Dispatch library, and runs only with it.
swift_libraries=$(dirname "$(dirname "$(readlink -f "$(command -v clang)")")")/lib/swift/linux

part() {
  name=$1
  shift
  if ! clang -std=gnu17 -O1 -g -fno-omit-frame-pointer -Wall -Wextra -Werror -fuse-ld=lld "$@" \
    -ISources/CKernels/include -ISources/CKernels Sources/CKernels/*.c Tests/CKernelsSanitizers/*.c -lm -lpthread \
    -o "$build/$name" >"$build/$name.log" 2>&1; then
    cat "$build/$name.log"
    echo "$name sanitizer: does not compile"
    return 1
  fi
  if "$build/$name" >"$build/$name.log" 2>&1; then
    sed "s/^/$name sanitizer: /" "$build/$name.log"
  else
    cat "$build/$name.log"
    echo "$name sanitizer: FAILED"
    return 1
  fi
}

status=0
# Without optimisation: with it, the checks of undefined behaviour take minutes to compile.
part address-and-undefined -O0 -fsanitize=address,undefined -fno-sanitize-recover=all || status=1
if [ -e "$swift_libraries/libdispatch.so" ]; then
  set -- -L"$swift_libraries" -Wl,-rpath,"$swift_libraries" -Wl,--no-as-needed -ldispatch -lBlocksRuntime
fi
part thread -fsanitize=thread "$@" || status=1
exit $status
