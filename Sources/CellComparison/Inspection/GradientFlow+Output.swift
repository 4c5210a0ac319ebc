internal import Foundation

extension GradientFlow {
  /// By what factor the norm of the loss's gradient changes at each step back, as the geometric mean of the steps from the
  /// last state that the loss depends on to the start; nil when nothing arrives at the start, or a norm is not finite.
  public var changePerStep: Double? {
    guard let first = lossGradients.first?.mean, first > 0, first.isFinite,
      let end = lossGradients.lastIndex(where: { $0.mean > 0 }), end > 0, lossGradients[end].mean.isFinite
    else { return nil }
    return exp((log(first) - log(lossGradients[end].mean)) / Double(end))
  }

  /// How the norms of dh_T/dh_t were made, in words.
  public var methodText: String {
    switch method {
    case .exact: "dh_T/dh_t: exact, from the Jacobians of \(stateSize) x \(stateSize) numbers"
    case .estimated(let vectors):
      "dh_T/dh_t: the mean gain is estimated from \(vectors) random vectors, with a standard error of at most "
        + "\(Decimals.rounded(100 / (2 * Double(vectors)).squareRoot(), to: 0)) % of it"
    }
  }

  /// What is known about a step, as members of a JSON object.
  func members(step: Int) -> [(String, JSONObject.Value)] {
    let largest = largestGains.isEmpty ? nil : largestGains[step]
    return [
      ("step", .integer(step)), ("steps_back", .integer(steps - step)),
      ("loss_gradient", .number(lossGradients[step].mean)),
      ("loss_gradient_min", .number(lossGradients[step].minimum)),
      ("loss_gradient_max", .number(lossGradients[step].maximum)),
      ("largest_gain", largest.map { .number($0.mean) } ?? .null),
      ("mean_gain", .number(meanGains[step].mean)),
      ("method", method == .exact ? "exact" : "estimate"), ("state_size", .integer(stateSize)),
    ]
  }

  /// A line of norms over the steps, with the smallest and largest of the sequences around it.
  static func series(_ name: String, _ norms: [Summary]) -> LinePlot.Series {
    LinePlot.Series(
      name: name,
      points: norms.enumerated().map { step, norm in
        let isFinite = norm.minimum.isFinite && norm.maximum.isFinite
        return .init(x: Double(step), y: norm.mean, interval: isFinite ? norm.minimum...norm.maximum : nil)
      })
  }
}
