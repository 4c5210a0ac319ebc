internal import DenseArrays

extension Tape {
  /// Gradients as variables of the same recording, which can be differentiated again.
  ///
  /// - Parameters:
  ///   - outputs: variables of this tape.
  ///   - seeds: their cotangents as variables; ones when nil, which only scalars may have.
  ///   - variables: leaves or intermediate variables.
  /// - Returns: variables of the given variables' shapes; zeros where no output depends on them. Matrix products among them
  ///   are made when they are read, by an operation or by you.
  public func recordedGradients(
    of outputs: [Variable], seeds: [Variable?]? = nil, withRespectTo variables: [Variable]
  ) -> [Variable] {
    guard core.pointee.isOpen else { stopForConsumedTape("a recorded reverse sweep") }
    if let seeds, seeds.count != outputs.count {
      stop("recordedGradients: \(seeds.count) seeds for \(outputs.count) outputs")
    }
    // Variables of a tape around this one become inputs here, before the recording is measured.
    let wanted = variables.map { check($0, "recordedGradients") }
    for output in outputs { _ = check(output, "recordedGradients") }
    let slotCount = core.pointee.slots.count
    let operationCount = core.pointee.operations.count
    let pairs = outputs.enumerated().map { index, output -> (output: Int32, cotangent: Int32) in
      guard let seed = seeds?[index] else {
        let slot = checkScalar(output, "recordedGradients")
        return (slot, constant(1, shape: output.shape, output.scalarType).slot)
      }
      guard seed.shape == output.shape, seed.scalarType == output.scalarType else {
        stop(
          "recordedGradients: a seed \(seed.scalarType) \(seed.shape) for an output \(output.scalarType)"
            + " \(output.shape)")
      }
      return (checkReal(output, "recordedGradients"), check(seed, "recordedGradients"))
    }
    // A tape that looks for the first NaN makes all values in their order, and one with values of a tape around it does so
    // while these are there.
    core.pointee.postponesProducts = !core.pointee.detectsNonFinite && captures.isEmpty
    runReverseSweep(seeds: pairs, slotCount: slotCount, operationCount: operationCount, wanted: wanted)
    core.pointee.postponesProducts = false
    let sums = wanted.map { sweep.pointee.accumulators[$0].slot }
    return zip(variables, sums).map { variable, sum in
      sum < 0 ? constant(0, shape: variable.shape, variable.scalarType) : Variable(tape: self, slot: sum)
    }
  }

  /// The gradients of a scalar as variables of the same recording, which can be differentiated again.
  public func recordedGradients(of loss: Variable, withRespectTo variables: [Variable]) -> [Variable] {
    recordedGradients(of: [loss], seeds: nil, withRespectTo: variables)
  }
}
