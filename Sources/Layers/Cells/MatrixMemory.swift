internal import Autodiff
internal import DenseArrays

// Products of the cells whose state is a matrix for each sequence.

/// a b^T of each row: [batch, m] and [batch, n] to [batch, m, n].
func outerProduct(_ a: Variable, _ b: Variable) -> Variable {
  a.expanded(axis: -1) * b.expanded(axis: 1)
}

/// M a of each row, or M^T a: [batch, m, n] and [batch, n] to [batch, m].
func product(_ matrix: Variable, _ a: Variable, transposed: Bool = false) -> Variable {
  let column = matmul(matrix, a.expanded(axis: -1), transposeFirst: transposed)
  return column.reshaped(to: [column.shape[0], column.shape[1]])
}
