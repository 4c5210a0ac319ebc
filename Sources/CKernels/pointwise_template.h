// The interpreter for one instruction set and scalar type. The including file defines
//   T           float or double
//   V           a vector of W elements of T; U the same without alignment
//   W           elements in a vector
//   TK(name)    name with a suffix for T
//   and the functions load_partial, store_partial and those of vector_math_*.h for V.
//
// A block of some 512 elements goes through all instructions while it sits in the first-level cache. Inputs and outputs
// are read and written where they lie; only intermediate values go through scratch memory.

typedef struct {
  char *data;
  ptrdiff_t row_stride;  // bytes
  ptrdiff_t step;        // bytes from a vector to the next: 0 when one vector stands for the whole row
} TK(cursor);

typedef void TK(kernel)(const TK(cursor) *registers, const tk_instruction *instruction, ptrdiff_t rows,
                        ptrdiff_t columns);

enum { TK(block_elements) = 2048 / sizeof(T) };

static inline __attribute__((always_inline)) V TK(load)(const char *p) { return *(const U *)p; }
static inline __attribute__((always_inline)) void TK(store)(char *p, V v) { *(U *)p = v; }

// Each kernel is a row loop with several vectors in flight, single vectors, and a partial one, all by the same vector
// code; a lone vector goes without the loops, which would take longer than its arithmetic. All sources of a group of
// vectors are read before its results are written.
#define KERNEL(name, sources, unroll, ...)                                                                           \
  static void TK(kernel_##name)(const TK(cursor) *registers, const tk_instruction *instruction, ptrdiff_t rows,      \
                                ptrdiff_t columns) {                                                                 \
    TK(cursor) target = registers[instruction->target];                                                              \
    TK(cursor) ra = registers[instruction->a];                                                                       \
    TK(cursor) rb = sources > 1 ? registers[instruction->b] : ra;                                                    \
    TK(cursor) rc = sources > 2 ? registers[instruction->c] : ra;                                                    \
    TK(cursor) rd = sources > 3 ? registers[instruction->d] : ra;                                                    \
    if (columns == W && rows == 1) {                                                                                 \
      const V a = TK(load)(ra.data);                                                                                 \
      const V b = sources > 1 ? TK(load)(rb.data) : a;                                                               \
      const V c = sources > 2 ? TK(load)(rc.data) : a;                                                               \
      const V d = sources > 3 ? TK(load)(rd.data) : a;                                                               \
      (void)b, (void)c, (void)d;                                                                                     \
      TK(store)(target.data, __VA_ARGS__);                                                                           \
      return;                                                                                                        \
    }                                                                                                                \
    for (;;) {                                                                                                       \
      const char *pa = ra.data, *pb = rb.data, *pc = rc.data, *pd = rd.data;                                         \
      char *pt = target.data;                                                                                        \
      ptrdiff_t n = columns;                                                                                         \
      for (; n >= unroll * W; n -= unroll * W) {                                                                     \
        V results[unroll];                                                                                           \
        _Pragma("clang loop unroll(full)") for (int u = 0; u < unroll; u++) {                                        \
          const V a = TK(load)(pa + u * ra.step);                                                                    \
          const V b = sources > 1 ? TK(load)(pb + u * rb.step) : a;                                                  \
          const V c = sources > 2 ? TK(load)(pc + u * rc.step) : a;                                                  \
          const V d = sources > 3 ? TK(load)(pd + u * rd.step) : a;                                                  \
          (void)b, (void)c, (void)d;                                                                                 \
          results[u] = __VA_ARGS__;                                                                                  \
        }                                                                                                            \
        _Pragma("clang loop unroll(full)") for (int u = 0; u < unroll; u++)                                          \
            TK(store)(pt + u * (ptrdiff_t)sizeof(V), results[u]);                                                    \
        pa += unroll * ra.step, pb += unroll * rb.step, pc += unroll * rc.step, pd += unroll * rd.step;              \
        pt += unroll * sizeof(V);                                                                                    \
      }                                                                                                              \
      _Pragma("clang loop unroll(disable)") for (; n >= W; n -= W) {                                                 \
        const V a = TK(load)(pa);                                                                                    \
        const V b = sources > 1 ? TK(load)(pb) : a;                                                                  \
        const V c = sources > 2 ? TK(load)(pc) : a;                                                                  \
        const V d = sources > 3 ? TK(load)(pd) : a;                                                                  \
        (void)b, (void)c, (void)d;                                                                                   \
        TK(store)(pt, __VA_ARGS__);                                                                                  \
        pa += ra.step, pb += rb.step, pc += rc.step, pd += rd.step;                                                  \
        pt += sizeof(V);                                                                                             \
      }                                                                                                              \
      if (n > 0) {                                                                                                   \
        const V a = TK(load_partial)(pa, n);                                                                         \
        const V b = sources > 1 ? TK(load_partial)(pb, n) : a;                                                       \
        const V c = sources > 2 ? TK(load_partial)(pc, n) : a;                                                       \
        const V d = sources > 3 ? TK(load_partial)(pd, n) : a;                                                       \
        (void)b, (void)c, (void)d;                                                                                   \
        TK(store_partial)(pt, __VA_ARGS__, n);                                                                       \
      }                                                                                                              \
      if (--rows == 0) return;                                                                                       \
      ra.data += ra.row_stride, rb.data += rb.row_stride, rc.data += rc.row_stride, rd.data += rd.row_stride;        \
      target.data += target.row_stride;                                                                              \
    }                                                                                                                \
  }

#define ONE TK(splat)(1)

KERNEL(copy, 1, TK_LIGHT, a)
KERNEL(add, 2, TK_LIGHT, a + b)
KERNEL(subtract, 2, TK_LIGHT, a - b)
KERNEL(multiply, 2, TK_LIGHT, a *b)
KERNEL(divide, 2, TK_LIGHT, a / b)
KERNEL(negate, 1, TK_LIGHT, -a)
KERNEL(absolute, 1, TK_LIGHT, TK(abs)(a))
KERNEL(minimum, 2, TK_LIGHT, TK(min)(a, b))
KERNEL(maximum, 2, TK_LIGHT, TK(max)(a, b))
KERNEL(floor, 1, TK_LIGHT, TK(floor)(a))
KERNEL(ceil, 1, TK_LIGHT, -TK(floor)(-a))
KERNEL(round, 1, TK_LIGHT, TK(round)(a))
KERNEL(modulo, 2, 2, TK(modulo)(a, b))
KERNEL(sign, 1, TK_LIGHT, TK(sign)(a))
KERNEL(power, 2, 1, TK(power)(a, b))
KERNEL(exp, 1, TK_HEAVY, TK(exp)(a))
KERNEL(log, 1, TK_HEAVY, TK(log)(a))
KERNEL(log1p, 1, TK_HEAVY, TK(log1p)(a))
KERNEL(expm1, 1, TK_HEAVY, TK(expm1)(a))
KERNEL(tanh, 1, TK_HEAVY, TK(tanh)(a))
KERNEL(sigmoid, 1, TK_HEAVY, TK(sigmoid)(a))
KERNEL(softplus, 1, TK_HEAVY, TK(softplus)(a))
KERNEL(sin, 1, 1, TK(sin)(a))
KERNEL(cos, 1, 1, TK(cos)(a))
KERNEL(square_root, 1, TK_LIGHT, TK(square_root)(a))
KERNEL(erf, 1, 2, TK(erf)(a))
KERNEL(less, 2, TK_LIGHT, (V)(a < b))
KERNEL(less_or_equal, 2, TK_LIGHT, (V)(a <= b))
KERNEL(equal, 2, TK_LIGHT, (V)(a == b))
KERNEL(and, 2, TK_LIGHT, (V)((TK(integers))a & (TK(integers))b))
KERNEL(or, 2, TK_LIGHT, (V)((TK(integers))a | (TK(integers))b))
KERNEL(not, 1, TK_LIGHT, (V)(~(TK(integers))a))
KERNEL(select, 3, TK_LIGHT, (TK(integers))a ? b : c)
KERNEL(multiply_add, 3, TK_LIGHT, TK(fma)(a, b, c))
KERNEL(multiply_subtract, 3, TK_LIGHT, TK(fma)(a, b, -c))
KERNEL(subtract_product, 3, TK_LIGHT, TK(fma)(-b, c, a))
KERNEL(add_products, 4, TK_LIGHT, TK(fma)(a, b, c *d))
KERNEL(multiply3, 3, TK_LIGHT, a *b *c)
KERNEL(add3, 3, TK_LIGHT, a + b + c)
KERNEL(multiply_difference, 3, TK_LIGHT, a *(b - c))
KERNEL(add_multiplied_difference, 4, TK_LIGHT, TK(fma)(b, c - d, a))
KERNEL(divide_by_sum, 3, TK_LIGHT, a / (b + c))
KERNEL(sigmoid_of_sum, 2, TK_HEAVY, TK(sigmoid)(a + b))
KERNEL(sigmoid_of_sum3, 3, TK_HEAVY, TK(sigmoid)(a + b + c))
KERNEL(tanh_of_sum, 2, TK_HEAVY, TK(tanh)(a + b))
KERNEL(tanh_of_sum3, 3, TK_HEAVY, TK(tanh)(a + b + c))
KERNEL(softplus_of_sum, 2, TK_HEAVY, TK(softplus)(a + b))
KERNEL(softplus_of_sum3, 3, TK_HEAVY, TK(softplus)(a + b + c))
KERNEL(sigmoid_derivative, 2, TK_LIGHT, a *TK(fma)(-b, b, b))
KERNEL(sigmoid_derivative3, 3, TK_LIGHT, a *b *TK(fma)(-c, c, c))
KERNEL(tanh_derivative, 2, TK_LIGHT, a *TK(fma)(-b, b, ONE))
KERNEL(tanh_derivative3, 3, TK_LIGHT, a *b *TK(fma)(-c, c, ONE))
KERNEL(add_tanh_derivative, 3, TK_LIGHT, TK(fma)(b, TK(fma)(-c, c, ONE), a))
KERNEL(multiply_softplus_derivative, 2, TK_HEAVY, a *-TK(expm1)(-b))

static TK(kernel) *const TK(kernels)[TK_OPERATION_COUNT] = {
#define TK_ENTRY(name, sources) TK(kernel_##name),
    TK_OPERATIONS(TK_ENTRY)
#undef TK_ENTRY
};

typedef struct {
  const tk_program *program;
  const tk_operand *operands;
  const double *constants;
  ptrdiff_t rows, columns;
  ptrdiff_t chunk;     // rows, or columns when there is one row, of a part
  bool by_columns;
} TK(call);

static inline ptrdiff_t TK(smaller)(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

// The block's constants and literals, a vector each, and its slots; returns the first free byte of scratch memory.
static inline __attribute__((always_inline)) char *TK(place_scratch)(const tk_program *program,
                                                                     const double *constants, TK(cursor) *registers,
                                                                     char *scratch, ptrdiff_t row_bytes,
                                                                     ptrdiff_t slot_bytes, ptrdiff_t slots) {
  TK(cursor) *next = registers + program->input_count + program->output_count;
  TK_SCALAR_LOOP for (ptrdiff_t k = 0; k < program->constant_count; k++, scratch += sizeof(V)) {
    *(V *)scratch = TK(splat)((T)constants[k]);
    *next++ = (TK(cursor)){scratch, 0, 0};
  }
  TK_SCALAR_LOOP for (ptrdiff_t k = 0; k < program->literal_count; k++, scratch += sizeof(V)) {
    *(V *)scratch = TK(splat)((T)program->literals[k]);
    *next++ = (TK(cursor)){scratch, 0, 0};
  }
  TK_SCALAR_LOOP for (ptrdiff_t k = 0; k < slots; k++, scratch += slot_bytes) {
    *next++ = (TK(cursor)){scratch, row_bytes, sizeof(V)};
  }
  return scratch;
}

static inline __attribute__((always_inline)) void TK(run_block)(const tk_program *program,
                                                                const TK(cursor) *registers, ptrdiff_t rows,
                                                                ptrdiff_t columns) {
  const tk_instruction *end = program->instructions + program->instruction_count;
  for (const tk_instruction *i = program->instructions; i != end; i++) {
    TK(kernels)[i->operation](registers, i, rows, columns);
  }
}

static inline ptrdiff_t TK(padded)(ptrdiff_t columns) { return (columns + W - 1) & -W; }

// Whether one block with its scratch memory on the stack is enough for `count` elements of one row.
static inline __attribute__((always_inline)) bool TK(fits_one_block)(const tk_program *program, ptrdiff_t count) {
  return count <= TK(block_elements) &&
         (program->constant_count + program->literal_count) * (ptrdiff_t)sizeof(V) +
                 program->slot_count * TK(padded)(count) * (ptrdiff_t)sizeof(T) <= TK_LOCAL_SCRATCH;
}

// One block whose operands are all read and written in place, as in most calls: no more than is needed.
static inline __attribute__((always_inline)) void TK(run_one_block)(const tk_program *program, ptrdiff_t count,
                                                                    const tk_operand *operands,
                                                                    const double *constants) {
  const ptrdiff_t operand_count = program->input_count + program->output_count;
  const ptrdiff_t row_bytes = TK(padded)(count) * (ptrdiff_t)sizeof(T);
  _Alignas(64) char local[TK_LOCAL_SCRATCH];
  TK(cursor) registers[operand_count + program->constant_count + program->literal_count + program->slot_count];
  TK_SCALAR_LOOP for (ptrdiff_t k = 0; k < operand_count; k++) {
    registers[k] = (TK(cursor)){operands[k].data, 0, sizeof(V)};
  }
  TK(place_scratch)(program, constants, registers, local, row_bytes, row_bytes, program->slot_count);
  TK(run_block)(program, registers, 1, count);
}

// What run_part knows about its blocks.
typedef struct {
  const TK(call) *call;
  TK(cursor) *registers;
  ptrdiff_t first_kept;  // the register of the first result that does not go straight to its output
  char *sums;            // for each summed output a row of partial sums and a row of sums
  ptrdiff_t row_bytes;
} TK(part);

static inline bool TK(is_summed)(tk_output_mode mode) { return mode == TK_SUM_ROWS || mode == TK_ADD_SUM_ROWS; }

static inline char *TK(address)(const tk_operand *o, ptrdiff_t row, ptrdiff_t column) {
  return (char *)((T *)o->data + row * o->row_stride + column);
}

// Adds rows of a slot to partial sums, and these to the sums every 64 rows.
static void TK(add_rows)(char *partial, ptrdiff_t row_bytes, const char *values, ptrdiff_t first_row, ptrdiff_t rows) {
  char *sums = partial + row_bytes;
  for (ptrdiff_t row = 0; row < rows;) {
    const ptrdiff_t until = TK(smaller)(rows, row + 64 - (first_row + row) % 64);
    const bool is_full = (first_row + until) % 64 == 0;
    for (ptrdiff_t k = 0; k < row_bytes; k += sizeof(V)) {
      V sum = *(V *)(partial + k);
      for (ptrdiff_t r = row; r < until; r++) sum += *(const V *)(values + r * row_bytes + k);
      if (is_full) {
        *(V *)(sums + k) += sum;
        sum = TK(splat)(0);
      }
      *(V *)(partial + k) = sum;
    }
    row = until;
  }
}

static void TK(run_part_block)(const TK(part) *part, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t column, ptrdiff_t columns,
                               bool repeats_change) {
  const tk_program *program = part->call->program;
  const tk_operand *operands = part->call->operands;
  TK(cursor) *registers = part->registers;
  const ptrdiff_t input_count = program->input_count, operand_count = input_count + program->output_count;
  ptrdiff_t kept = part->first_kept;
  TK_SCALAR_LOOP for (ptrdiff_t k = 0; k < operand_count; k++) {
    const tk_operand *o = &operands[k];
    if (k < input_count && o->column_stride == 0) {
      if (o->row_stride == 0 || !repeats_change) continue;
      for (ptrdiff_t r = 0; r < rows; r++) {
        ((V *)registers[k].data)[r] = TK(splat)(((const T *)o->data)[(row + r) * o->row_stride]);
      }
    } else if (k >= input_count && o->mode != TK_STORE) {
      registers[k] = registers[kept++];
    } else {
      registers[k].data = TK(address)(o, row, column);
    }
  }
  TK(run_block)(program, registers, rows, columns);
  if (kept == part->first_kept) return;
  char *sums = part->sums;
  TK_SCALAR_LOOP for (ptrdiff_t k = input_count; k < operand_count; k++) {
    const tk_operand *o = &operands[k];
    if (o->mode == TK_ADD) {
      // The register after the kept ones is free for the memory.
      registers[kept] =
          (TK(cursor)){TK(address)(o, row, column), o->row_stride * (ptrdiff_t)sizeof(T), sizeof(V)};
      const tk_instruction add = {TK_OP_add, (uint16_t)kept, (uint16_t)kept, (uint16_t)k, 0, 0};
      TK(kernel_add)(registers, &add, rows, columns);
    } else if (TK(is_summed)(o->mode)) {
      TK(add_rows)(sums, part->row_bytes, registers[k].data, row, rows);
      sums += 2 * part->row_bytes;
    }
  }
}

// Stores the sums over all rows of some columns.
static void TK(finish_sums)(const TK(part) *part, ptrdiff_t column, ptrdiff_t columns) {
  const tk_program *program = part->call->program;
  char *partial = part->sums;
  for (ptrdiff_t k = program->input_count; k < program->input_count + program->output_count; k++) {
    const tk_operand *o = &part->call->operands[k];
    if (!TK(is_summed)(o->mode)) continue;
    const T *last = (const T *)partial, *sums = (const T *)(partial + part->row_bytes);
    T *out = (T *)o->data + column;
    for (ptrdiff_t c = 0; c < columns; c++) {
      const T sum = sums[c] + last[c];
      out[c] = o->mode == TK_ADD_SUM_ROWS ? out[c] + sum : sum;
    }
    partial += 2 * part->row_bytes;
  }
}

// Runs rows first_row..<end_row and columns first_column..<end_column.
static void TK(run_part)(const TK(call) *call, ptrdiff_t first_row, ptrdiff_t end_row, ptrdiff_t first_column,
                         ptrdiff_t end_column) {
  const tk_program *program = call->program;
  const tk_operand *operands = call->operands;
  const ptrdiff_t input_count = program->input_count, operand_count = input_count + program->output_count;
  const ptrdiff_t scalar_count = program->constant_count + program->literal_count;
  const ptrdiff_t columns = end_column - first_column, rows = end_row - first_row;
  const ptrdiff_t block_columns = TK(smaller)(columns, TK(block_elements));
  const ptrdiff_t padded_columns = TK(padded)(block_columns);
  const ptrdiff_t block_rows = rows == 1 ? 1 : TK(smaller)(rows, TK(block_elements) / padded_columns);

  // Scratch: a vector a constant or literal, a block a slot, and what repeated, accumulated and summed operands need.
  ptrdiff_t repeated_rows = 0, kept = 0, summed = 0;
  TK_SCALAR_LOOP for (ptrdiff_t k = 0; k < input_count; k++) {
    if (operands[k].column_stride == 0) repeated_rows += operands[k].row_stride == 0 ? 1 : block_rows;
  }
  TK_SCALAR_LOOP for (ptrdiff_t k = input_count; k < operand_count; k++) {
    kept += operands[k].mode != TK_STORE;
    summed += TK(is_summed)(operands[k].mode);
  }
  const ptrdiff_t row_bytes = padded_columns * (ptrdiff_t)sizeof(T), slot_bytes = block_rows * row_bytes;
  const size_t bytes = (size_t)(scalar_count + repeated_rows) * sizeof(V) +
                       (size_t)((program->slot_count + kept) * slot_bytes + 2 * summed * row_bytes);
  _Alignas(64) char local[TK_LOCAL_SCRATCH];
  char *scratch = bytes <= sizeof local ? local : tk_scratch(TK_POINTWISE_SCRATCH, bytes);

  const ptrdiff_t slot_base = operand_count + scalar_count;
  TK(cursor) registers[slot_base + program->slot_count + kept + 1];
  scratch = TK(place_scratch)(program, call->constants, registers, scratch, row_bytes, slot_bytes,
                              program->slot_count + kept);
  TK_SCALAR_LOOP for (ptrdiff_t k = 0; k < operand_count; k++) {
    const tk_operand *o = &operands[k];
    if (k < input_count && o->column_stride == 0) {
      const bool constant = o->row_stride == 0;
      registers[k] = (TK(cursor)){scratch, constant ? 0 : (ptrdiff_t)sizeof(V), 0};
      if (constant) *(V *)scratch = TK(splat)(*(const T *)o->data);
      scratch += (constant ? 1 : block_rows) * (ptrdiff_t)sizeof(V);
    } else {
      registers[k] = (TK(cursor)){NULL, o->row_stride * (ptrdiff_t)sizeof(T), sizeof(V)};
    }
  }
  const TK(part) part = {call, registers, slot_base + program->slot_count, scratch, row_bytes};

  if (summed > 0) {
    for (ptrdiff_t column = first_column; column < end_column; column += block_columns) {
      const ptrdiff_t here_columns = TK(smaller)(block_columns, end_column - column);
      memset(part.sums, 0, (size_t)(2 * summed * row_bytes));
      for (ptrdiff_t row = first_row; row < end_row; row += block_rows) {
        const ptrdiff_t here_rows = TK(smaller)(block_rows, end_row - row);
        TK(run_part_block)(&part, row, here_rows, column, here_columns, true);
      }
      TK(finish_sums)(&part, column, here_columns);
    }
    return;
  }
  for (ptrdiff_t row = first_row; row < end_row; row += block_rows) {
    const ptrdiff_t here_rows = TK(smaller)(block_rows, end_row - row);
    for (ptrdiff_t column = first_column; column < end_column; column += block_columns) {
      const ptrdiff_t here_columns = TK(smaller)(block_columns, end_column - column);
      TK(run_part_block)(&part, row, here_rows, column, here_columns, column == first_column);
    }
  }
}

static void TK(run_index)(void *context, ptrdiff_t index) {
  const TK(call) *call = context;
  const ptrdiff_t first = index * call->chunk;
  if (call->by_columns) {
    TK(run_part)(call, 0, call->rows, first, TK(smaller)(first + call->chunk, call->columns));
  } else {
    TK(run_part)(call, first, TK(smaller)(first + call->chunk, call->rows), 0, call->columns);
  }
}

static void TK(run)(int threads, const tk_program *program, ptrdiff_t rows, ptrdiff_t columns,
                    const tk_operand *operands, const double *constants) {
  if (rows <= 0 || columns <= 0) return;
  TK(call) call = {program, operands, constants, rows, columns, 0, false};
  // Rows that follow each other without gaps in all operands are one row, unless they are summed.
  bool dense = true, in_place = true, summed = false;
  TK_SCALAR_LOOP for (ptrdiff_t k = 0; k < program->input_count + program->output_count; k++) {
    const tk_operand *o = &operands[k];
    dense &= o->column_stride == 0 ? o->row_stride == 0 : o->row_stride == columns;
    in_place &= o->column_stride != 0 && (o->mode == TK_STORE || k < program->input_count);
    summed |= k >= program->input_count && TK(is_summed)(o->mode);
  }
  if (dense && !summed && rows != 1) call.rows = 1, call.columns = rows * columns;
  if (call.rows == 1 && in_place && TK(fits_one_block)(program, call.columns)) {
    TK(run_one_block)(program, call.columns, operands, constants);
    return;
  }
  if (threads > 1) {
    const double work = program->nanoseconds_per_element * (double)rows * (double)columns;
    const double parts = work / TK_NANOSECONDS_PER_PART;
    const ptrdiff_t count = parts < threads ? (ptrdiff_t)parts : threads;
    if (count > 1) {
      call.by_columns = summed || call.rows < count;  // sums stay with one thread
      const ptrdiff_t whole = call.by_columns ? call.columns : call.rows;
      const ptrdiff_t unit = call.by_columns ? 64 / (ptrdiff_t)sizeof(T) : 1;
      call.chunk = ((whole + count - 1) / count + unit - 1) / unit * unit;
      tk_team_run(threads, (whole + call.chunk - 1) / call.chunk, TK(run_index), &call);
      return;
    }
  }
  TK(run_part)(&call, 0, call.rows, 0, call.columns);
}

static void TK(run_elementwise)(int threads, const tk_program *program, ptrdiff_t count, const tk_operand *operands,
                                const double *constants) {
  if (count <= 0) return;
  if (TK(fits_one_block)(program, count)) {
    TK(run_one_block)(program, count, operands, constants);
    return;
  }
  const ptrdiff_t operand_count = program->input_count + program->output_count;
  tk_operand whole[operand_count];
  TK_SCALAR_LOOP for (ptrdiff_t k = 0; k < operand_count; k++) {
    whole[k] = (tk_operand){operands[k].data, count, 1, TK_STORE};
  }
  TK(run)(threads, program, 1, count, whole, constants);
}

#undef KERNEL
#undef ONE
