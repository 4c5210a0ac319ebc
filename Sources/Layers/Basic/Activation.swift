public import Autodiff

/// An elementwise function that a layer lets its user choose.
public enum Activation: String, CaseIterable, Sendable {
  /// x itself.
  case identity
  /// tanh x.
  case tanh
  /// max(x, 0).
  case relu
  /// 1 / (1 + exp(-x)).
  case sigmoid
  /// log(1 + exp x).
  case softplus

  /// The function of each element.
  public func callAsFunction(_ x: Variable) -> Variable {
    switch self {
    case .identity: x
    case .tanh: Autodiff.tanh(x)
    case .relu: Autodiff.relu(x)
    case .sigmoid: Autodiff.sigmoid(x)
    case .softplus: Autodiff.softplus(x)
    }
  }
}
