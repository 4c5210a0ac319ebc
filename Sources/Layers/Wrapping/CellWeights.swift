internal import Autodiff
internal import DenseArrays

/// The weights and gates of a cell that wrappers act on, with the names that its parameters have.
enum CellWeights {
  /// Whether a name is that of weights that multiply a state: `recurrentWeights` of a gate or of the cell itself.
  static func isRecurrent(_ name: String) -> Bool { name.split(separator: ".").last == "recurrentWeights" }

  /// The matrices of a cell that are chosen by name; none at all stops.
  static func chosen(
    from module: some Module, for owner: String, _ isChosen: (String) -> Bool
  ) -> [(name: String, weights: Parameter)] {
    let matrices = module.parameters.filter { $0.parameter.shape.rank == 2 }
    let chosen = matrices.filter { isChosen($0.name) }
    guard !chosen.isEmpty else {
      stop("\(owner): none of the weights of \(type(of: module)) is chosen; it has \(matrices.map(\.name))")
    }
    return chosen.map { ($0.name, $0.parameter) }
  }

  /// The matrices of a cell's gates and linear layers, in the order of its parameters.
  static func products(of module: some Module) -> [(name: String, weights: Parameter)] {
    var identities: Set<ObjectIdentifier> = []
    Reflection.walk(module) { value, _ in
      switch value {
      case let gate as Gate:
        identities.formUnion([ObjectIdentifier(gate.inputWeights), ObjectIdentifier(gate.recurrentWeights)])
      case let gate as LightGate:
        identities.formUnion([gate.inputWeights, gate.recurrentWeights].compactMap { $0.map { ObjectIdentifier($0) } })
      case let linear as Linear:
        identities.insert(ObjectIdentifier(linear.weights))
      default: return .into
      }
      return .past
    }
    return module.parameters.filter { identities.contains(ObjectIdentifier($0.parameter)) }.map {
      ($0.name, $0.parameter)
    }
  }

  /// The gates of a cell, each once; a cell without a gate stops.
  static func gates(of module: some Module, for owner: String) -> [(name: String, gate: Gate)] {
    var identities: Set<ObjectIdentifier> = []
    var gates: [(name: String, gate: Gate)] = []
    Reflection.walk(module) { value, name in
      guard let gate = value as? Gate else { return .into }
      if identities.insert(ObjectIdentifier(gate.inputWeights)).inserted { gates.append((name, gate)) }
      return .past
    }
    guard !gates.isEmpty else { stop("\(owner): \(type(of: module)) has no Gate whose sum could be changed") }
    return gates
  }
}
