import ArgumentParser
import CellComparison
import Foundation

/// Reads a path.
let path: @Sendable (String) throws -> String = { text in
  guard !text.isEmpty else { throw ValidationError("expected a path") }
  return text
}

/// Reads whole numbers in a range.
func wholeNumber(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
  { text in
    guard let value = Int(text), range.contains(value) else {
      throw ValidationError("expected a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }
}

/// Reads a positive number, called what is given: "a learning rate", "a number of minutes".
func positiveNumber(_ name: String) -> @Sendable (String) throws -> Double {
  { text in
    guard let value = Double(text), value > 0, value.isFinite else {
      throw ValidationError("expected \(name) above 0")
    }
    return value
  }
}

/// Reads a number that may be 0.
let numberFromZero: @Sendable (String) throws -> Double = { text in
  guard let value = Double(text), value >= 0, value.isFinite else {
    throw ValidationError("expected a number from 0")
  }
  return value
}

/// Reads values with commas between them, each of them once.
private func values<Value: Equatable>(_ text: String, _ value: (String) throws -> Value) rethrows -> [Value] {
  var values: [Value] = []
  for part in text.split(separator: ",", omittingEmptySubsequences: false) {
    let value = try value(part.trimmingCharacters(in: .whitespaces))
    if !values.contains(value) { values.append(value) }
  }
  return values
}

/// Reads numbers with commas between them, each of which has to be in a range.
func numbers(_ range: String, _ isIn: @escaping @Sendable (Double) -> Bool) -> @Sendable (String) throws -> [Double] {
  { text in
    try values(text) { part in
      guard let value = Double(part), value.isFinite, isIn(value) else {
        throw ValidationError("expected numbers \(range), with commas between")
      }
      return value
    }
  }
}

/// Reads whole numbers in a range with commas between them.
func wholeNumbers(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> [Int] {
  { text in try values(text, wholeNumber(range)) }
}

/// Reads names with commas between them, each of which has to be known.
func names(of kind: String, among known: [String]) -> @Sendable (String) throws -> [String] {
  { text in try CellBench.names(text, of: kind, among: known) }
}

/// Reads the name of a cell that can be measured.
func cell(named text: String) throws -> CellDescription {
  let cells = CellCatalog.all + [CellCatalog.novel]
  let name = try names(of: "cell", among: cells.map(\.name))(text)
  guard name.count == 1, let cell = cells.first(where: { $0.name == name[0] }) else {
    throw ValidationError("expected one cell, found \(name.count)")
  }
  return cell
}

extension CellBench {
  /// The names in a text with commas between them, each of which has to be known.
  static func names(_ text: String, of kind: String, among known: [String]) throws -> [String] {
    try values(text) { name in
      guard known.contains(name) else {
        throw ValidationError("unknown \(kind) \"\(name)\"; there are: \(known.joined(separator: ", "))")
      }
      return name
    }
  }
}
