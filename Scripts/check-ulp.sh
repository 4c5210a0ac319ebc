#!/bin/sh
# The largest error of every function of the pointwise interpreter, for each instruction set of this machine, over all
# float32 numbers (about half an hour on two cores) or every STEP-th one, and over float64 samples.
#   Scripts/check-ulp.sh [STEP] [THREADS] [FUNCTION]
set -eu
cd "$(dirname "$0")/.."
build=.build/accuracy
mkdir -p "$build"
compiler=${CC:-clang}
for source in Sources/CKernels/*.c; do
  object="$build/$(basename "$source" .c).o"
  if [ ! -e "$object" ] || [ -n "$(find Sources/CKernels -name '*.[ch]' -newer "$object" | head -1)" ]; then
    "$compiler" -O2 -c "$source" -o "$object"
  fi
done
"$compiler" -O2 -Wall -Wextra -Werror -ISources/CKernels/include Tests/CKernelsAccuracy/exhaustive.c "$build"/*.o \
  -o "$build/exhaustive" -lm -lpthread
exec "$build/exhaustive" "$@"
