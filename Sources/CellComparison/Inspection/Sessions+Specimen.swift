internal import Autodiff
internal import DenseArrays
internal import Layers

extension SequenceSession: ObservableSession {
  func specimen(sequences: Int) -> Specimen {
    var random = configuration.random(for: .testData)
    let batch = task.tests[0].problem.batch(count: sequences, using: &random)
    return Specimen(cell: model.cell, inputs: batch.inputs) { [self] outputs in
      loss(of: answers(from: outputs, to: batch), on: batch)
    }
  }
}

extension BinaryAdditionSession: ObservableSession {
  /// Sums with as many digits as training has at most.
  func specimen(sequences: Int) -> Specimen {
    var random = configuration.random(for: .testData)
    let batch = BinaryAdditionData(delay: task.delay)
      .batch(digits: Self.trainingDigits.upperBound, count: sequences, using: &random)
    return Specimen(cell: model.cell, inputs: batch.inputs) { [model] outputs in
      sigmoidCrossEntropy(
        model.readout(outputs), targets: batch.targets.converted(to: outputs.scalarType), weights: batch.weights)
    }
  }
}

extension CharacterTextSession: ObservableSession {
  /// Pieces of the test's text that follow each other, each as long as a chunk of the training, or the text's end.
  func specimen(sequences: Int) -> Specimen {
    let text = corpus.training.suffix(1) + corpus.test
    let steps = min(CharacterText.chunk, text.count - 1)
    let count = min(sequences, (text.count - 1) / steps)
    func piece(_ offset: Int) -> DenseArray {
      let characters = (0..<steps).flatMap { step in
        (0..<count).map { text[text.startIndex + $0 * steps + step + offset] }
      }
      return DenseArray(characters, shape: [steps, count])
    }
    let tape = Tape(execution: Execution(threads: 1))
    let inputs = tape.withoutGradients { model.embedding(piece(0), on: tape).value }
    let labels = piece(1)
    return Specimen(cell: model.network.cell, inputs: inputs) { [model] outputs in
      softmaxCrossEntropy(model.network.readout(outputs), labels: labels)
    }
  }
}
