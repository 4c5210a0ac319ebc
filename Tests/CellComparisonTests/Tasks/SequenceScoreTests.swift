import DenseArrays
import Testing

@testable import CellComparison

@Suite("Scores of sequences")
struct SequenceScoreTests {
  private static func batch(_ answers: SequenceBatch.Answers, weights: DenseArray? = nil, sets: [UInt64]? = nil)
    -> SequenceBatch
  {
    SequenceBatch(inputs: DenseArray(zeros: [3, 2, 1]), answers: answers, weights: weights, acceptable: sets)
  }

  @Test("a number is right within 0.04, and a sequence when all its numbers are")
  func numbers() {
    let batch = Self.batch(.numbers(DenseArray([Float(0), 1, 2, 3], shape: [2, 2, 1])))
    var score = SequenceScore()
    score.add(DenseArray([Float(0.039), 1.041, 1.961, 3], shape: [2, 2, 1]), on: batch, loss: 0.5)
    #expect(score.answers == 4 && score.answersRight == 3)
    #expect(score.sequences == 2 && score.sequencesRight == 1)
    score.add(DenseArray(repeating: .nan, shape: [2, 2, 1]), on: batch, loss: 1.5)
    #expect(score.answersRight == 3 && score.sequencesRight == 1 && score.sequences == 4)
    #expect(score.loss == 1)
  }

  @Test("a set of bits is right when every logit has its sign; a step without an answer does not count")
  func bits() {
    let bits: [Float] = [1, 0, 0, 1, 1, 1, 0, 0]
    let weights = DenseArray([Float(1), 1, 0, 1], shape: [2, 2])
    let batch = Self.batch(.bits(DenseArray(bits, shape: [2, 2, 2])), weights: weights)
    var score = SequenceScore()
    score.add(DenseArray([Float(3), -1, 1, 1, -5, -5, -1, 0], shape: [2, 2, 2]), on: batch)
    // Of the first sequence the second step does not count; of the second the first is wrong.
    #expect(score.answers == 3 && score.answersRight == 2 && score.sequencesRight == 1)
  }

  @Test("a class is right when it is the likeliest, several when they all are")
  func classes() {
    let labels = SequenceBatch.Answers.classes(DenseArray([Int32(0), 2], shape: [1, 2]))
    let logits = DenseArray([Float(2), 1, 0, 2, 1, 3], shape: [1, 2, 3])
    var score = SequenceScore()
    score.add(logits, on: Self.batch(labels))
    #expect(score.answersRight == 2)
    // A tie is no answer, nor is a NaN.
    score.add(DenseArray([Float(2), 2, 0, .nan, 1, 3], shape: [1, 2, 3]), on: Self.batch(labels))
    #expect(score.answersRight == 2 && score.answers == 4)
    // {0, 1} are the likeliest two; {1, 2} are not.
    var ranks = SequenceScore()
    ranks.add(logits, on: Self.batch(labels, sets: [0b011, 0b110]))
    #expect(ranks.answersRight == 1 && ranks.sequencesRight == 1)
  }

  @Test("what a measure makes of a score")
  func measures() {
    let batch = Self.batch(.numbers(DenseArray([Float(0), 1, 2, 3], shape: [2, 2, 1])))
    var score = SequenceScore()
    score.add(DenseArray([Float(0), 1, 2, 4], shape: [2, 2, 1]), on: batch, loss: 0.25)
    func value(_ measure: SequenceTask.Measure) -> Double {
      SequenceTask(
        name: "x", summary: "", metric: Metric(name: "x", format: .decimals(1), higherIsBetter: true), measure: measure,
        training: RandomPermutation(length: 3), tests: [.init("", RandomPermutation(length: 3))]
      ).value(of: score)
    }
    #expect(value(.loss) == 0.25)
    #expect(value(.rootMeanSquaredError) == 0.5)
    #expect(value(.answersRight) == 0.75)
    #expect(value(.sequencesRight) == 0.5)
  }
}
