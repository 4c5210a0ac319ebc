internal import DenseArrays

/// A recording prepared for printing: what text and graphs have in common.
struct Listing {
  struct Line {
    var results: [Int32]
    var name: String
    var attributes: String
    var operands: [Int32]
    var scope: String
  }

  var lines: [Line] = []
  var leaves: [(slot: Int32, kind: String)] = []
  var outputs: [Int32] = []
  var names: [Int32: String] = [:]
  var types: [String] = []

  /// "%7" or "%7 forget" for a slot.
  func label(_ slot: Int32) -> String { names[slot].map { "%\(slot) \(Listing.onOneLine($0))" } ?? "%\(slot)" }

  init(_ tape: Tape) {
    let core = tape.core
    names = tape.valueNames
    let leafKinds = Dictionary(
      tape.leaves.map { ($0.slot, $0.parameter == nil ? "variable" : "parameter") }, uniquingKeysWith: { $1 })
    for index in 0..<core.pointee.slots.count {
      let slot = core.pointee.slots[index]
      types.append("\(slot.scalarType) \(slot.shape)")
      if slot.producer < 0 {
        let kind = leafKinds[Int32(index)] ?? (slot.pointer == nil ? "input" : "constant")
        leaves.append((Int32(index), kind))
      }
    }
    for index in 0..<core.pointee.operations.count {
      append(OperationView(core: core, index: Int32(index)), scope: core.pointee.operations[index].scope, core)
    }
  }

  init(_ program: Program) {
    // A program is printed as the symbolic recording that it makes when it is replayed.
    let tape = Tape(scalarType: program.storage.scalarType, execution: .default, parent: nil, mode: .symbolic)
    let inputs = program.inputTypes.map { tape.symbolicInput($0.shape, $0.scalarType) }
    for (slot, input) in zip(program.storage.inputs, inputs) {
      if let name = program.storage.names[slot] { tape.valueNames[input.slot] = name }
    }
    let outputs = tape.replay(program, inputs)
    self.init(tape)
    self.outputs = outputs.map(\.slot)
    let inputSlots = Set(inputs.map(\.slot))
    leaves = leaves.map { ($0.slot, inputSlots.contains($0.slot) ? "input" : "constant") }
  }

  private mutating func append(_ view: OperationView, scope: Int32, _ core: UnsafeMutablePointer<TapeCore>) {
    let primitive = view.operation.pointee.primitive.takeUnretainedValue()
    lines.append(
      Line(
        results: (0..<view.resultCount).map { view.resultSlot($0) }, name: primitive.name,
        attributes: primitive.describeAttributes(view),
        operands: (0..<view.operandCount).map { view.operandSlot($0) }, scope: core.pointee.scopeDescription(scope)))
  }

  /// One line a value or operation; a line in brackets where the scope changes.
  func text() -> String {
    var result: [String] = []
    for leaf in leaves { result.append("\(label(leaf.slot)) = \(leaf.kind): \(types[Int(leaf.slot)])") }
    var scope = ""
    for line in lines {
      if line.scope != scope {
        scope = line.scope
        result.append("[\(Listing.onOneLine(scope))]")
      }
      let results = line.results.map { label($0) }.joined(separator: ", ")
      let operands = line.operands.map { "%\($0)" }.joined(separator: ", ")
      let attributes = line.attributes.isEmpty ? "" : " \(line.attributes)"
      let type = line.results.first.map { ": \(types[Int($0)])" } ?? ""
      result.append("\(results) = \(line.name)\(attributes)(\(operands))\(type)")
    }
    if !outputs.isEmpty { result.append("return " + outputs.map { "%\($0)" }.joined(separator: ", ")) }
    return result.joined(separator: "\n")
  }

  /// A text with escapes for line ends and other control characters.
  private static func onOneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
    return text.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: false) : String(scalar)
    }.joined()
  }

  /// A text as a string of Graphviz's language, whose line ends stay and whose other control characters are spaces.
  ///
  /// Scalar by scalar: a quotation mark may carry an accent. An ampersand would begin the name of a character.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      case "&": result += "&amp;"
      case _ where scalar.properties.generalCategory == .control: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// A directed graph in Graphviz's language: leaves are ellipses, operations are boxes, grouped by scope.
  func graphviz() -> String {
    var result = ["digraph recording {", "  rankdir=TB; node [fontname=\"Helvetica\", fontsize=10];"]
    for leaf in leaves {
      let colour = leaf.kind == "parameter" ? "lightblue" : leaf.kind == "constant" ? "lightgrey" : "lightyellow"
      let title = names[leaf.slot] ?? leaf.kind
      let label = Listing.quoted("\(title)\n\(types[Int(leaf.slot)])")
      result.append("  s\(leaf.slot) [shape=ellipse, style=filled, fillcolor=\(colour), label=\(label)];")
    }
    var producers: [Int32: Int] = [:]
    var members: [String: [Int]] = [:]
    var scopeOrder: [String] = []
    for (index, line) in lines.enumerated() {
      for slot in line.results { producers[slot] = index }
      if members[line.scope] == nil { scopeOrder.append(line.scope) }
      members[line.scope, default: []].append(index)
    }
    for (number, scope) in scopeOrder.enumerated() {
      if !scope.isEmpty { result.append("  subgraph cluster_\(number) { label=\(Listing.quoted(scope)); color=grey;") }
      for index in members[scope] ?? [] {
        let line = lines[index]
        let named = line.results.compactMap { names[$0] }.joined(separator: ", ")
        let type = line.results.first.map { types[Int($0)] } ?? ""
        let title = [named, [line.name, line.attributes].filter { !$0.isEmpty }.joined(separator: " "), type]
          .filter { !$0.isEmpty }.joined(separator: "\n")
        let isOutput = line.results.contains { outputs.contains($0) }
        result.append("  o\(index) [shape=box\(isOutput ? ", peripheries=2" : ""), label=\(Listing.quoted(title))];")
      }
      if !scope.isEmpty { result.append("  }") }
    }
    for (index, line) in lines.enumerated() {
      for slot in line.operands {
        result.append("  \(producers[slot].map { "o\($0)" } ?? "s\(slot)") -> o\(index);")
      }
    }
    result.append("}")
    return result.joined(separator: "\n") + "\n"
  }
}

extension Tape {
  /// The recording as text, an operation a line.
  public func text() -> String { Listing(self).text() }

  /// The recording as a graph in Graphviz's language; `dot -Tsvg` draws it.
  public func graphviz() -> String { Listing(self).graphviz() }
}

extension Program: CustomStringConvertible {
  /// The program as text, an operation a line.
  public var description: String { Listing(self).text() }

  /// The program as a graph in Graphviz's language; `dot -Tsvg` draws it.
  public func graphviz() -> String { Listing(self).graphviz() }
}
