#ifndef TAPESTRY_RANDOM_NORMALS_H
#define TAPESTRY_RANDOM_NORMALS_H

#include <stddef.h>
#include <stdint.h>

// The transcendental functions that normal random numbers need, of integer operations and IEEE 754 additions,
// multiplications, divisions and square roots alone. A platform's own library may round them differently, and then the same
// seed would give other numbers there.

/// The natural logarithm of a positive normal number, within 2 units in the last place.
double tk_portable_logarithm(double x);

/// Cosine and sine of an angle in turns, 0 ..< 1, each within 2^-52 of the true value.
void tk_portable_cosine_and_sine(double turns, double *cosine, double *sine);

/// Two independent normal numbers from each two random words: radius from the first, angle from the second.
///
/// Source: Box and Muller, "A note on the generation of random normal deviates", 1958, equation 1.
void tk_portable_normals(const uint64_t *words, ptrdiff_t pairs, double *numbers);

#endif
