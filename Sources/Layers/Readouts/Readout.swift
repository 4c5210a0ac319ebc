public import Autodiff
public import DenseArrays

/// One vector of the outputs of a whole sequence.
///
///     let (outputs, _) = layer(inputs, lengths: lengths)
///     let vector = LastStep()(outputs, lengths: lengths)  // [time, batch, features] to [batch, features]
///
/// A sequence none of whose steps count has zeros. What stands at steps that do not count is not looked at and has a
/// gradient of exactly 0.
public protocol Readout: Module {
  /// The vector of each sequence, [batch, features].
  ///
  /// - Parameters:
  ///   - outputs: [time, batch, features] of at least one step; another rank stops.
  ///   - mask: Which steps count, [time, batch], those whose number is not 0; all without one. Another shape stops.
  func callAsFunction(_ outputs: Variable, mask: DenseArray?) -> Variable
}

extension Readout {
  /// The vector of each sequence, [batch, features].
  ///
  /// - Parameters:
  ///   - outputs: [time, batch, features] of at least one step; another rank stops.
  ///   - lengths: The number of steps of each sequence; all steps without them. A length that is none stops.
  public func callAsFunction(_ outputs: Variable, lengths: [Int]? = nil) -> Variable {
    self(outputs, mask: lengths.map { DenseArray.mask(lengths: $0, steps: outputs.shape.first ?? 0) })
  }

  /// Stops for outputs and masks of shapes that cannot be.
  func check(_ outputs: Variable, _ mask: DenseArray?) {
    guard outputs.shape.rank == 3, outputs.shape[0] > 0 else {
      stop("\(Self.self): outputs of shape \(outputs.shape); expected [time, batch, features] with at least one step")
    }
    guard mask.map({ $0.shape == [outputs.shape[0], outputs.shape[1]] }) ?? true else {
      stop("\(Self.self): a mask of shape \(mask?.shape ?? []) for outputs of shape \(outputs.shape)")
    }
  }
}

extension DenseArray {
  /// Which steps belong to sequences of some lengths: 1 up to a sequence's length and 0 after it, [steps, sequences].
  ///
  /// For `ScanOptions.mask`, for read-outs and as weights of losses. A length outside of 0...steps stops.
  public static func mask(lengths: [Int], steps: Int, _ scalarType: ScalarType = .float32) -> DenseArray {
    guard lengths.allSatisfy({ (0...steps).contains($0) }) else {
      stop("DenseArray.mask: lengths \(lengths) of sequences of \(steps) steps")
    }
    let mask = (0..<steps).flatMap { step in lengths.map { step < $0 ? 1.0 : 0.0 } }
    return DenseArray(mask, shape: [steps, lengths.count]).converted(to: scalarType)
  }
}

extension Variable {
  /// The outputs [time, batch, features] where a mask [time, batch] says so, and another number elsewhere.
  func masked(_ mask: DenseArray?, otherwise value: Double) -> Variable {
    guard let mask else { return self }
    let counts = tape.constant(mask.converted(to: tape.scalarType).reshaped(to: mask.shape.appending(1)))
    return select(counts, self, tape.constant(value))
  }

  /// The rows [batch, features] of the sequences of which some step counts, and zeros for the others.
  func clearingEmpty(_ mask: DenseArray?) -> Variable {
    guard let counts = mask?.stepCounts, counts.contains(0) else { return self }
    let hasSteps = DenseArray(counts, shape: [counts.count, 1]).converted(to: tape.scalarType)
    return select(tape.constant(hasSteps), self, tape.constant(0))
  }
}

extension DenseArray {
  /// How many steps of each sequence a mask [time, batch] counts.
  var stepCounts: [Double] {
    let (batch, elements) = (shape[1], elements)
    return (0..<batch).map { column in
      Double(stride(from: column, to: elements.count, by: batch).count { elements[$0] != 0 })
    }
  }
}
