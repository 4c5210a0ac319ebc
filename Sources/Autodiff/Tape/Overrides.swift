internal import DenseArrays

/// What stands in for parts of a computation while a body runs: how a wrapper acts inside a cell that knows nothing of it.
///
///     var overrides = Overrides()
///     overrides.replace(cell.hidden.recurrentWeights, with: masked)
///     let (output, next) = context.tape.overriding(overrides) { cell.step(x, state, context) }
///
/// Parameters are replaced wherever they are used. Named values are changed where `Variable.named` is called. Products
/// and sums are changed where they go through `Gate`, `Linear` or `affine` of the layers, which are found by their weights.
public struct Overrides {
  typealias Change = (Variable) -> Variable

  private var parameters: [ObjectIdentifier: Variable] = [:]
  private var names: [String: [Change]] = [:]
  private var arguments: [ObjectIdentifier: [Change]] = [:]
  private var products: [ObjectIdentifier: [Change]] = [:]
  private var sums: [ObjectIdentifier: [Change]] = [:]
  private var combinations: [ObjectIdentifier: (Variable, Variable) -> Variable] = [:]
  private var sumOwners: [ObjectIdentifier: String] = [:]

  /// Nothing.
  public init() {}

  /// Lets a parameter stand for a variable of its shape; another shape stops.
  ///
  /// Inside of another override of the same parameter, `tape.parameter` gives that one's variable to start from.
  public mutating func replace(_ parameter: Parameter, with variable: Variable) {
    guard variable.shape == parameter.shape else {
      stop("Overrides: a variable of shape \(variable.shape) for a parameter of shape \(parameter.shape)")
    }
    parameters[ObjectIdentifier(parameter)] = variable
  }

  /// Changes the values that are named `name`.
  public mutating func change(named name: String, _ change: @escaping (Variable) -> Variable) {
    names[name, default: []].append(change)
  }

  /// Changes what is multiplied by weights.
  public mutating func changeArgument(of weights: Parameter, _ change: @escaping (Variable) -> Variable) {
    arguments[ObjectIdentifier(weights), default: []].append(change)
  }

  /// Changes the product with weights, before a bias is added.
  public mutating func changeProduct(of weights: Parameter, _ change: @escaping (Variable) -> Variable) {
    products[ObjectIdentifier(weights), default: []].append(change)
  }

  /// Changes the sum W x + U h of a gate, before biases are added; a gate that is used in parts then stops.
  ///
  /// - Parameters:
  ///   - inputWeights: the gate's W.
  ///   - owner: who asks for it, for messages: "LayerNormalized: the gate \"forget\"".
  public mutating func changeSum(
    of inputWeights: Parameter, owner: String, _ change: @escaping (Variable) -> Variable
  ) {
    sums[ObjectIdentifier(inputWeights), default: []].append(change)
    sumOwners[ObjectIdentifier(inputWeights)] = owner
  }

  /// Combines W x and U h of a gate in another way than by adding them; a gate that is used in parts then stops.
  ///
  /// - Parameters:
  ///   - inputWeights: the gate's W.
  ///   - owner: who asks for it, for messages.
  public mutating func combine(
    productsOf inputWeights: Parameter, owner: String, _ combination: @escaping (Variable, Variable) -> Variable
  ) {
    combinations[ObjectIdentifier(inputWeights)] = combination
    sumOwners[ObjectIdentifier(inputWeights)] = owner
  }

  /// These overrides inside of others: what these do comes first.
  func inside(_ outer: Overrides?) -> Overrides {
    guard let outer else { return self }
    var result = self
    result.parameters.merge(outer.parameters) { own, _ in own }
    result.combinations.merge(outer.combinations) { own, _ in own }
    result.sumOwners.merge(outer.sumOwners) { own, _ in own }
    result.names.merge(outer.names, uniquingKeysWith: +)
    result.arguments.merge(outer.arguments, uniquingKeysWith: +)
    result.products.merge(outer.products, uniquingKeysWith: +)
    result.sums.merge(outer.sums, uniquingKeysWith: +)
    return result
  }

  func substitute(for parameter: ObjectIdentifier) -> Variable? { parameters[parameter] }

  func changed(_ value: Variable, named name: String) -> Variable { Self.applied(names[name], to: value) }

  /// What is multiplied by weights in the place of `x`.
  package func argument(_ x: Variable, of weights: Parameter) -> Variable {
    Self.applied(arguments[ObjectIdentifier(weights)], to: x)
  }

  /// What the product with weights counts as, or nil where it is left as it is.
  package func product(of weights: Parameter, _ product: () -> Variable) -> Variable? {
    products[ObjectIdentifier(weights)].map { Self.applied($0, to: product()) }
  }

  /// What a gate makes of W x and U h, or nil where it adds them.
  package func sum(_ wx: Variable, _ uh: Variable, of inputWeights: Parameter) -> Variable {
    let sum = combinations[ObjectIdentifier(inputWeights)]?(wx, uh) ?? wx + uh
    return Self.applied(sums[ObjectIdentifier(inputWeights)], to: sum)
  }

  /// Who changes the sum of a gate, or nil if nobody does.
  package func ownerOfSum(of inputWeights: Parameter) -> String? { sumOwners[ObjectIdentifier(inputWeights)] }

  private static func applied(_ changes: [Change]?, to value: Variable) -> Variable {
    changes?.reduce(value) { $1($0) } ?? value
  }
}

extension Tape {
  /// Runs `body` with overrides in place.
  ///
  /// Calls nest: the innermost override sees a value first, and those around it what it makes of the value.
  public func overriding<Result>(_ overrides: Overrides, _ body: () throws -> Result) rethrows -> Result {
    let tape = innermostRecording
    let before = tape.overrides
    tape.overrides = overrides.inside(tape.activeOverrides)
    defer { tape.overrides = before }
    return try body()
  }

  /// The overrides that an operation recorded now is subject to.
  package var activeOverrides: Overrides? {
    var tape = innermostRecording
    while true {
      if let overrides = tape.overrides { return overrides }
      guard let parent = tape.parent else { return nil }
      tape = parent
    }
  }
}
