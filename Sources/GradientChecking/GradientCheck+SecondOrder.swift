internal import Autodiff
internal import DenseArrays

extension GradientCheck {
  /// Checks second derivatives of the output, or of a random combination of its elements.
  mutating func checkSecondOrder(base: [Double]) {
    let count = function.count
    guard !base.isEmpty, count > 0 else { return }
    let weights: [Double]? = base.count == 1 ? nil : random.direction(base.count)
    let gradient = function.gradient(at: point, weights: weights)
    let recording = function.record(point)
    let tape = function.tape
    let seed = tape.constant(DenseArray(weights ?? [1], shape: recording.output.shape))
    let recorded = tape.recordedGradients(
      of: [recording.output], seeds: [seed], withRespectTo: recording.variables)
    compareRecorded(function.flat(recorded.map(\.value)), gradient)
    if !failures.isEmpty { return }

    var directions: [[Double]] = []
    if count <= options.secondOrderElementLimit {
      for position in 0..<count {
        var direction = [Double](repeating: 0, count: count)
        direction[position] = 1
        directions.append(direction)
      }
    } else {
      for _ in 0..<options.directions { directions.append(random.direction(count)) }
    }
    // All products first: the differences reset the tape.
    let forward = directions.map { direction in
      options.checksForwardMode
        ? function.flat(tape.tangents(of: recorded, along: recording.variables, tangents: function.split(direction)))
        : []
    }
    let reverse = directions.map { direction in
      function.flat(
        tape.gradients(of: recorded, seeds: function.split(direction), withRespectTo: recording.variables))
    }
    checkSymmetry(directions, reverse)
    for (number, direction) in directions.enumerated() {
      var differences = DirectionalDifferences(
        { [function] in function.gradient(at: $0, weights: weights) }, at: point, along: direction, base: gradient)
      for position in 0..<count {
        let place = { [function] () -> (name: String, index: [Int]?) in
          let place = function.place(of: position)
          return (place.name, place.index)
        }
        var agrees = compare(
          &differences, position, analytic: reverse[number][position], order: 2, .hessianReverse, output: nil,
          place: place)
        if options.checksForwardMode, agrees {
          agrees = compare(
            &differences, position, analytic: forward[number][position], order: 2, .hessianForward, output: nil,
            place: place)
        }
        if metKink { return }
      }
    }
  }

  /// A recorded gradient is a plain one, but for the order of some additions.
  private mutating func compareRecorded(_ recorded: [Double], _ plain: [Double]) {
    let scale = plain.reduce(0) { max($0, $1.magnitude) }
    for position in plain.indices {
      let place = function.place(of: position)
      compareSweeps(
        recorded[position], plain[position], allowance: 1e-11 * (plain[position].magnitude + 1e-3 * scale) + 1e-300,
        order: 1, .recorded, name: place.name, index: place.index)
    }
  }

  private mutating func checkSymmetry(_ directions: [[Double]], _ products: [[Double]]) {
    for first in directions.indices {
      for second in directions.indices where second > first {
        let a = dot(directions[second], products[first])
        let b = dot(directions[first], products[second])
        let scale =
          norm(directions[second]) * norm(products[first]) + norm(directions[first]) * norm(products[second])
        compareSweeps(
          a, b, allowance: options.adjointTolerance * max(scale, 1e-300), order: 2, .symmetry, name: allNames)
      }
    }
  }
}
