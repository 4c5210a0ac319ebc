public import DenseArrays

/// A task that needs to remember something over many steps: what optimizers of recurrent nets are compared on.
///
/// Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, section 5, in the form of Martens and Sutskever,
/// "Learning recurrent neural networks with Hessian-free optimization", 2011, section 5, and of Pascanu, Mikolov and Bengio,
/// "On the difficulty of training recurrent neural networks", 2013, as their published generators draw sequences; copy from
/// Arjovsky, Shah and Bengio, "Unitary evolution recurrent neural networks", 2016. A task is solved when fewer than 1 of 100
/// test sequences are answered wrongly: off by more than 0.04, or with any symbol wrong. Docs/optimizers.md says where the
/// sources differ.
public struct PathologicalTask: Hashable, Sendable {
  /// What has to be remembered.
  public enum Kind: String, CaseIterable, Sendable {
    /// Half the sum of two marked numbers.
    case adding
    /// The product of two marked numbers.
    case multiplication
    /// The exclusive or of two marked bits.
    case exclusiveOr = "exclusive-or"
    /// The order of two symbols.
    case temporalOrder = "temporal-order"
    /// The order of three symbols.
    case temporalOrder3 = "temporal-order-3-bit"
    /// The first of many symbols.
    case randomPermutation = "random-permutation"
    /// Five bits, then nothing, then the bits.
    case memorisation5 = "memorisation-5-bit"
    /// Ten symbols of five kinds, then nothing, then the symbols.
    case memorisation20 = "memorisation-20-bit"
    /// Ten symbols of eight kinds, then nothing, then the symbols.
    case copy
  }

  /// Sequences of one length.
  public struct Batch: Sendable {
    /// [steps, batch, inputs].
    public let inputs: DenseArray
    /// What is to be answered after the last `answerSteps` steps: float32 [answers, batch, 1], or labels [answers, batch].
    public let targets: DenseArray
  }

  /// What has to be remembered.
  public let kind: Kind
  /// T, the length that the literature gives the task.
  public let length: Int

  /// A task; a length below 10 stops.
  public init(_ kind: Kind, length: Int) {
    guard length >= 10 else { stop("PathologicalTask: a length of \(length); expected at least 10") }
    self.kind = kind
    self.length = length
  }

  /// The number of symbols and the size of their alphabet, for tasks that give symbols back.
  private var recall: (count: Int, alphabet: Int)? {
    switch kind {
    case .memorisation5: (5, 2)
    case .memorisation20: (10, 5)
    case .copy: (10, 8)
    default: nil
    }
  }

  /// The size of the input at a step.
  public var inputSize: Int {
    switch kind {
    case .adding, .multiplication, .exclusiveOr: 2
    case .temporalOrder, .temporalOrder3: 6
    case .randomPermutation: 100
    // The symbols, nothing, and the cue.
    case .memorisation5, .memorisation20, .copy: (recall?.alphabet ?? 0) + 2
    }
  }

  /// The size of an answer: 1 for numbers and bits, else the number of classes.
  public var outputSize: Int {
    switch kind {
    case .adding, .multiplication, .exclusiveOr: 1
    case .temporalOrder: 4
    case .temporalOrder3: 8
    case .randomPermutation: 100
    case .memorisation5, .memorisation20, .copy: recall?.alphabet ?? 0
    }
  }

  /// The steps at the end after each of which an answer is due.
  public var answerSteps: Int { recall?.count ?? 1 }

  /// The steps of a sequence.
  public var steps: Int { recall.map { length + 2 * $0.count } ?? length }

  /// Draws sequences.
  public func batch(count: Int, using random: inout RandomSource) -> Batch {
    var inputs = [Float](repeating: 0, count: steps * count * inputSize)
    var answers: [[Int32]] = []
    var numbers: [Float] = []
    for row in 0..<count {
      func set(_ step: Int, _ feature: Int, _ value: Float = 1) {
        inputs[(step * count + row) * inputSize + feature] = value
      }
      switch kind {
      case .adding, .multiplication, .exclusiveOr:
        // Markers as in Martens and Sutskever 2011: one in the first tenth, one up to the middle.
        let places = [
          number(below: length / 10, &random), length / 10 + number(below: length / 2 - length / 10, &random),
        ]
        var marked: [Float] = []
        for step in 0..<steps {
          let fraction = Float(random.next() >> 40) * 0x1p-24
          let value = kind == .exclusiveOr ? (fraction < 0.5 ? 0 : 1) : fraction
          set(step, 0, value)
          guard places.contains(step) else { continue }
          set(step, 1)
          marked.append(value)
        }
        switch kind {
        case .adding: numbers.append((marked[0] + marked[1]) / 2)
        case .multiplication: numbers.append(marked[0] * marked[1])
        default: numbers.append(marked[0] == marked[1] ? 0 : 1)
        }
      case .temporalOrder, .temporalOrder3:
        let tenths = kind == .temporalOrder ? [1, 5] : [1, 3, 6]
        let places = tenths.map { $0 * length / 10 + number(below: length / 10, &random) }
        var label: Int32 = 0
        for step in 0..<steps {
          if places.contains(step) {
            let bit = number(below: 2, &random)
            set(step, bit)
            label = 2 * label + Int32(bit)
          } else {
            set(step, 2 + number(below: 4, &random))
          }
        }
        answers.append([label])
      case .randomPermutation:
        let first = number(below: 2, &random)
        set(0, first)
        for step in 1..<steps { set(step, 2 + number(below: 98, &random)) }
        answers.append([Int32(first)])
      case .memorisation5, .memorisation20, .copy:
        let (length, alphabet) = (recall?.count ?? 0, recall?.alphabet ?? 0)
        let symbols = (0..<length).map { _ in number(below: alphabet, &random) }
        for (step, symbol) in symbols.enumerated() { set(step, symbol) }
        // The cue is the last step before the answers.
        for step in length..<steps { set(step, step == steps - length - 1 ? alphabet + 1 : alphabet) }
        answers.append(symbols.map { Int32($0) })
      }
    }
    let array = DenseArray(inputs, shape: [steps, count, inputSize])
    if answers.isEmpty { return Batch(inputs: array, targets: DenseArray(numbers, shape: [1, count, 1])) }
    let labels = (0..<answerSteps).flatMap { step in answers.map { $0[step] } }
    return Batch(inputs: array, targets: DenseArray(labels, shape: [answerSteps, count]))
  }

  /// The share of sequences that outputs [answers, batch, outputs] answer wrongly.
  public func errorRate(of outputs: DenseArray, on batch: Batch) -> Double {
    let count = outputs.shape[1]
    let (values, targets) = (outputs.elements, batch.targets.elements)
    var wrong = 0
    for row in 0..<count {
      let isWrong = (0..<answerSteps).contains { step in
        let position = step * count + row
        switch kind {
        case .adding, .multiplication: return !(abs(values[position] - targets[position]) <= 0.04)
        case .exclusiveOr: return (values[position] > 0) != (targets[position] == 1)
        default:
          let logits = values[position * outputSize..<(position + 1) * outputSize]
          let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
          return best - logits.startIndex != Int(targets[position])
        }
      }
      if isWrong { wrong += 1 }
    }
    return Double(wrong) / Double(count)
  }

  private func number(below bound: Int, _ random: inout RandomSource) -> Int {
    Int(random.next().multipliedFullWidth(by: UInt64(bound)).high)
  }
}
