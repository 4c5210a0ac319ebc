internal import Autodiff
internal import DenseArrays
internal import Layers
internal import Optimizers

/// Predicting the next character of a text, in nats a character on its last tenth.
///
/// Characters are embedded, run through the cell and classified. Training reads the first nine tenths in parallel streams,
/// chunk by chunk; the state carries over from chunk to chunk and its gradient does not (truncated backpropagation through
/// time, Williams and Peng 1990). The last twentieth of them, and at most 1,024 characters, is held out: training stops short
/// of it, and learning curves measure it. The test reads the last tenth from its first character to its last as one stream, each
/// character predicted from all before it since the end of the training text.
public struct CharacterText: ComparisonTask {
  /// The text.
  public let corpus: TextCorpus
  public let settings: String
  public let metric: Metric

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
    let chunk = TextStreams.needed(streams: Self.streams, steps: Self.chunk)
    var needed = chunk
    while needed - Self.heldOutCount(of: needed) < chunk { needed += 1 }
    guard corpus.training.count >= needed else {
      let all = corpus.training.count + corpus.test.count
      throw .tooShort(
        path: corpus.path, characters: all, needed: (needed * 10 + 8) / 9,
        because: "the training part has to fill \(Self.streams) streams of \(Self.chunk) steps")
    }
    self.corpus = corpus
    metric = Metric(
      name: "nats-per-character", format: .decimals(4), higherIsBetter: false,
      reference:
        "on the last tenth of \(corpus.path), \(Decimals.grouped(corpus.test.count)) characters; who knows how often each "
        + "occurs and no more gets \(Decimals.rounded(corpus.frequencyLoss, to: 4))")
    settings = "\(corpus.training.count + corpus.test.count) characters, checksum \(corpus.checksum)"
  }

  /// How many characters at the end of the training part are held out.
  static func heldOutCount(of count: Int) -> Int { min(1024, count / 20) }

  static let taskName = "text"
  static let generalSummary =
    "the next character of a UTF-8 text: learnt from the first nine tenths, tested on the last"

  public var name: String { Self.taskName }

  public var summary: String {
    "the next character of a UTF-8 text: \(Decimals.grouped(corpus.training.count)) characters to learn from, "
      + "\(Decimals.grouped(corpus.test.count)) to predict, \(corpus.vocabulary.count) different ones"
  }

  public var defaultHiddenSize: Int { 128 }
  public var defaultTrainingSteps: Int { 2000 }
  public var defaultLearningRate: Double { 0.005 }
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

  private let task: CharacterText
  var corpus: TextCorpus { task.corpus }
  private let configuration: SessionConfiguration
  let model: Model
  private var trainer: Trainer
  private var streams: TextStreams
  /// Runs the cell over the next chunk of the training streams.
  private var run: (_ inputs: Variable, _ isTraining: Bool) -> Variable

  init(_ task: CharacterText, _ configuration: SessionConfiguration) {
    self.task = task
    let corpus = task.corpus
    self.configuration = configuration
    let classes = corpus.vocabulary.count
    let network = ReadoutModel(configuration, inputSize: Self.embeddingSize, outputSize: classes)
    var random = configuration.random(for: .embedding)
    model = Model(
      embedding: Embedding(count: classes, size: Self.embeddingSize, using: &random), network: network)
    trainer = Trainer(model, clipping: .globalNorm(1), threads: configuration.threads)
    let training = corpus.training.dropLast(CharacterText.heldOutCount(of: corpus.training.count))
    streams = TextStreams(text: training, streams: CharacterText.streams, steps: CharacterText.chunk)
    run = network.cell.chunkwise()
  }

  var parameterCount: Int { model.parameterCount }

  func train(step: Int) -> Double {
    let chunk = streams.next()
    if chunk.isFirst { run = model.network.cell.chunkwise() }
    let rate =
      (configuration.learningRate ?? task.defaultLearningRate)
      * Trainer.cosineDecay(step: step, of: configuration.trainingSteps)
    return trainer.step(learningRate: rate) { tape in
      let outputs = run(model.embedding(chunk.inputs, on: tape), true)
      return softmaxCrossEntropy(model.network.readout(outputs), labels: chunk.targets)
    }
  }

  func heldOut() -> Double {
    nats(of: corpus.training.suffix(CharacterText.heldOutCount(of: corpus.training.count))) { false }
  }

  func evaluate(isCancelled: () -> Bool) -> Evaluation {
    // The last character of the training part is known and predicts the first one of the test.
    Evaluation(value: nats(of: corpus.training.suffix(1) + corpus.test, isCancelled: isCancelled))
  }

  /// The nats a character of predicting each character of a text but the first, as one stream from the cell's own start.
  private func nats(of text: ArraySlice<Int32>, isCancelled: () -> Bool) -> Double {
    let run = model.network.cell.chunkwise()
    var sum = 0.0
    for start in stride(from: text.startIndex, to: text.endIndex - 1, by: CharacterText.testChunk) {
      if isCancelled() { break }
      let end = min(start + CharacterText.testChunk, text.endIndex - 1)
      let inputs = DenseArray(text[start..<end], shape: [end - start, 1])
      let targets = DenseArray(text[start + 1..<end + 1], shape: [end - start, 1])
      sum += trainer.test { tape in
        let outputs = run(model.embedding(inputs, on: tape), false)
        return softmaxCrossEntropy(model.network.readout(outputs), labels: targets).item * Double(end - start)
      }
    }
    return sum / Double(text.count - 1)
  }
}
