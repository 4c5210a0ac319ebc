// Closes a template opened by vector_begin.h.
#undef SCALAR
#undef INTEGER
#undef NAME
#undef LANES
#undef VECTOR
#undef MASK
#undef INLINE
#undef UNROLL
#undef SCALAR_BYTES
