internal import Autodiff
internal import DenseArrays
internal import Layers
internal import Optimizers

/// Predicting the next character of a text, in nats a character on its last tenth.
///
/// Characters are embedded, run through the cell and classified. Training reads the first nine tenths in parallel streams,
/// chunk by chunk; the state carries over from chunk to chunk and its gradient does not (truncated backpropagation through
/// time, Williams and Peng 1990). The test reads the last tenth from its first character to its last as one stream, each
/// character predicted from all before it since the end of the training text.
public struct CharacterText: ComparisonTask {
  /// The text.
  public let corpus: TextCorpus

  /// How many streams training reads in parallel.
  static let streams = 32
  /// How many steps a chunk has in training.
  static let chunk = 64
  /// How many steps the test records at a time.
  static let testChunk = 256

  /// The task on a text.
  ///
  /// - Throws: `TextError.tooShort` when the training part does not fill one chunk of all streams.
  public init(_ corpus: TextCorpus) throws(TextError) {
    let needed = TextStreams.needed(streams: Self.streams, steps: Self.chunk)
    guard corpus.training.count >= needed else {
      let all = corpus.training.count + corpus.test.count
      throw .tooShort(
        path: corpus.path, characters: all, needed: (needed * 10 + 8) / 9,
        because: "nine tenths have to fill \(Self.streams) streams of \(Self.chunk) steps")
    }
    self.corpus = corpus
  }

  static let taskName = "text"
  static let generalSummary =
    "the next character of a UTF-8 text: learnt from the first nine tenths, tested on the last"

  public var name: String { Self.taskName }

  public var summary: String {
    "the next character of a UTF-8 text: \(Decimals.grouped(corpus.training.count)) characters to learn from, "
      + "\(Decimals.grouped(corpus.test.count)) to predict, \(corpus.vocabulary.count) different ones"
  }

  public var metric: Metric {
    Metric(
      name: "nats-per-character", format: .decimals(4), higherIsBetter: false,
      reference: "on the last tenth of \(corpus.path), \(Decimals.grouped(corpus.test.count)) characters")
  }

  public var defaultHiddenSize: Int { 128 }
  public var defaultTrainingSteps: Int { 2000 }
  public var sharesProductsAmongThreads: Bool { true }

  public func makeSession(_ configuration: SessionConfiguration) -> any TrainingSession {
    CharacterTextSession(self, configuration)
  }
}

/// A model that learns to predict characters.
final class CharacterTextSession: TrainingSession {
  struct Model: Module {
    let embedding: Embedding
    let network: ReadoutModel

    func parameterName(ofProperty property: String) -> String { property == "network" ? "" : property }
  }

  private static let embeddingSize = 64
  private static let learningRate = 0.005

  let corpus: TextCorpus
  private let configuration: SessionConfiguration
  let model: Model
  private var trainer: Trainer
  private var streams: TextStreams
  private var state: [DenseArray]?

  init(_ task: CharacterText, _ configuration: SessionConfiguration) {
    corpus = task.corpus
    self.configuration = configuration
    let classes = corpus.vocabulary.count
    let network = ReadoutModel(configuration, inputSize: Self.embeddingSize, outputSize: classes)
    var random = configuration.random(for: .embedding)
    model = Model(
      embedding: Embedding(count: classes, size: Self.embeddingSize, using: &random), network: network)
    trainer = Trainer(model, clipping: .globalNorm(1), threads: configuration.threads)
    streams = TextStreams(text: corpus.training, streams: CharacterText.streams, steps: CharacterText.chunk)
  }

  var parameterCount: Int { model.parameterCount }

  func train(step: Int) -> Double {
    let chunk = streams.next()
    if chunk.isFirst { state = nil }
    let rate = Self.learningRate * Trainer.cosineDecay(step: step, of: configuration.trainingSteps)
    return trainer.step(learningRate: rate) { tape in
      let (outputs, last) = run(chunk.inputs, on: tape, isTraining: true)
      state = last
      return softmaxCrossEntropy(model.network.readout(outputs), labels: chunk.targets)
    }
  }

  func evaluate(isCancelled: () -> Bool) -> Evaluation {
    // The last character of the training part is known and predicts the first one of the test.
    let text = [corpus.training[corpus.training.endIndex - 1]] + corpus.test
    var sum = 0.0
    state = nil
    for start in stride(from: 0, to: text.count - 1, by: CharacterText.testChunk) {
      if isCancelled() { break }
      let end = min(start + CharacterText.testChunk, text.count - 1)
      let inputs = DenseArray(text[start..<end], shape: [end - start, 1])
      let targets = DenseArray(text[start + 1..<end + 1], shape: [end - start, 1])
      sum += trainer.test { tape in
        let (outputs, last) = run(inputs, on: tape, isTraining: false)
        state = last
        return softmaxCrossEntropy(model.network.readout(outputs), labels: targets).item * Double(end - start)
      }
    }
    return Evaluation(value: sum / Double(text.count - 1))
  }

  /// The outputs for int32 characters [steps, streams], from the state before them, and the state after them.
  private func run(_ characters: DenseArray, on tape: Tape, isTraining: Bool) -> (Variable, [DenseArray]?) {
    model.network.cell.run(
      model.embedding(characters, on: tape), from: state, keepsState: true, isTraining: isTraining)
  }
}
