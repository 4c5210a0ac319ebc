internal import Autodiff

extension GradientCheck {
  /// Checks first derivatives; `base` is the function's value at the point.
  mutating func checkFirstOrder(base: [Double]) {
    guard !base.isEmpty, function.count > 0 else { return }
    // What is observed of the output: each element, or random combinations of all.
    var weights: [[Double]] = []
    let isElementwise = base.count <= options.outputLimit
    if isElementwise {
      for index in base.indices {
        var weight = [Double](repeating: 0, count: base.count)
        weight[index] = 1
        weights.append(weight)
      }
    } else {
      for _ in 0..<options.directions { weights.append(random.direction(base.count)) }
    }
    let recording = function.record(point)
    let rows = weights.map { function.transposedProduct(recording, $0) }
    for row in rows { for index in row.indices where row[index] != 0 { influences.insert(index) } }
    for array in function.arrays {
      if array.range.count <= options.elementLimit {
        for position in array.range {
          var direction = [Double](repeating: 0, count: function.count)
          direction[position] = 1
          check(along: direction, in: position..<position + 1, base, weights, rows, isElementwise)
        }
      } else {
        for _ in 0..<options.directions {
          let direction = random.direction(function.count, in: array.range)
          check(along: direction, in: array.range, base, weights, rows, isElementwise)
        }
      }
      if metKink { return }
    }
    if options.checksForwardMode { checkAdjointIdentity(outputCount: base.count) }
  }

  private func differences(_ direction: [Double], _ base: [Double]) -> DirectionalDifferences {
    DirectionalDifferences({ [function] in function.value(at: $0) }, at: point, along: direction, base: base)
  }

  /// Differences of combinations of the output.
  private func differences(_ direction: [Double], _ base: [Double], _ weights: [[Double]]) -> DirectionalDifferences {
    DirectionalDifferences(
      { [function] in
        let value = function.value(at: $0)
        return weights.map { dot($0, value) }
      }, at: point, along: direction, base: weights.map { dot($0, base) })
  }

  /// Compares both modes with differences along one direction.
  private mutating func check(
    along direction: [Double], in range: Range<Int>, _ base: [Double], _ weights: [[Double]], _ rows: [[Double]],
    _ isElementwise: Bool
  ) {
    var ofOutputs = differences(direction, base)
    if isElementwise {
      for component in rows.indices {
        let analytic = dot(rows[component], direction)
        if ofOutputs.derivative(component) != 0 { influences.formUnion(range) }
        checkReverse(
          &ofOutputs, component, analytic: analytic, direction, range, row: rows[component], output: component,
          weight: nil, base)
      }
    } else {
      var ofWeighted = differences(direction, base, weights)
      for component in rows.indices {
        let analytic = dot(rows[component], direction)
        if ofWeighted.derivative(component) != 0 { influences.formUnion(range) }
        checkReverse(
          &ofWeighted, component, analytic: analytic, direction, range, row: rows[component], output: nil,
          weight: weights[component], base)
      }
    }
    guard options.checksForwardMode, !metKink else { return }
    let recording = function.record(point)
    let tangents = function.product(recording, direction)
    let place = function.place(of: range.lowerBound)
    for component in base.indices {
      let agrees = compare(
        &ofOutputs, component, analytic: tangents[component], order: 1, .forward, output: component
      ) { (place.name, range.count == 1 ? place.index : nil) }
      if !agrees { break }
    }
  }

  private mutating func checkReverse(
    _ differences: inout DirectionalDifferences, _ component: Int, analytic: Double, _ direction: [Double],
    _ range: Range<Int>, row: [Double], output: Int?, weight: [Double]?, _ base: [Double]
  ) {
    let count = failures.count
    compare(&differences, component, analytic: analytic, order: 1, .reverse, output: output) {
      [function] in
      let place = function.place(of: range.lowerBound)
      return (place.name, range.count == 1 ? place.index : nil)
    }
    // A direction disagrees: find an element that does.
    if failures.count > count, range.count > 1 {
      locate(direction, range, row: row, component, output: output, weight: weight, base, replacing: count)
    }
  }

  /// Halves the direction, keeping the half that disagrees more, until one element is left.
  private mutating func locate(
    _ direction: [Double], _ range: Range<Int>, row: [Double], _ component: Int, output: Int?, weight: [Double]?,
    _ base: [Double], replacing position: Int
  ) {
    func gap(_ part: Range<Int>) -> (difference: Double, analytic: Double, numeric: Double) {
      var half = [Double](repeating: 0, count: direction.count)
      for index in part { half[index] = part.count == 1 ? 1 : direction[index] }
      let analytic = dot(row, half)
      var found = weight.map { differences(half, base, [$0]) } ?? differences(half, base)
      let numeric = found.derivative(weight == nil ? component : 0)
      let difference = (analytic - numeric).magnitude
      return (difference.isNaN ? .infinity : difference, analytic, numeric)
    }
    var part = range
    var found = gap(part)
    while part.count > 1 {
      let middle = part.lowerBound + part.count / 2
      let lower = gap(part.lowerBound..<middle)
      let upper = gap(middle..<part.upperBound)
      part = lower.difference >= upper.difference ? part.lowerBound..<middle : middle..<part.upperBound
      found = lower.difference >= upper.difference ? lower : upper
    }
    // Errors that cancel in a half, and an element that agrees by itself, leave the direction's own numbers.
    let allowance = options.tolerance * (1 + found.analytic.magnitude + found.numeric.magnitude)
    guard found.difference > allowance else { return }
    let place = function.place(of: part.lowerBound)
    failures[position] = GradientMismatch(
      name: place.name, index: place.index, output: output, comparison: .reverse, order: 1, analytic: found.analytic,
      numeric: found.numeric)
  }

  /// <u, Jv> = <J'u, v> for random u and v.
  private mutating func checkAdjointIdentity(outputCount: Int) {
    let recording = function.record(point)
    for _ in 0..<options.directions {
      let u = random.direction(outputCount)
      let v = random.direction(function.count)
      let product = function.product(recording, v)
      let transposed = function.transposedProduct(recording, u)
      let scale = norm(u) * norm(product) + norm(transposed) * norm(v)
      compareSweeps(
        dot(transposed, v), dot(u, product), allowance: options.adjointTolerance * max(scale, .leastNormalMagnitude),
        order: 1, .adjoint, name: allNames)
    }
  }
}
