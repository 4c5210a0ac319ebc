import Autodiff
import DenseArrays
import Testing

@Suite("Tapes inside tapes")
struct NestedTapeTests {
  @Test("a variable of the parent becomes an input that has a gradient")
  func captured() {
    let outer = Tape(scalarType: .float64)
    let x = outer.variable(DenseArray([2.0, 3]))
    let y = x * x
    let inner = Tape(scalarType: .float64, parent: outer)
    let z = inner.variable(DenseArray([5.0, 7]))
    let loss = (y * z + x).sum()
    #expect(loss.tape === inner)
    #expect(loss.item == 88)
    // Inside, y and x are inputs: y's dependence on x is the parent's.
    let gradients = inner.gradients(of: [loss], withRespectTo: [y, x, z])
    #expect(gradients == [DenseArray([5.0, 7]), DenseArray([1.0, 1]), DenseArray([4.0, 9])])
    // The parent takes it from there.
    let total = outer.gradients(of: [y], seeds: [gradients[0]], withRespectTo: [x])[0]
    #expect(total == DenseArray([20.0, 42]))
    #expect(outer.operationCount == 1)
  }

  @Test("a variable of the parent that the inner recording did not use has a gradient of zero, by every sweep")
  func notCaptured() {
    let outer = Tape(scalarType: .float64)
    let unused = outer.variable(DenseArray([2.0, 3]))
    let x = outer.variable(DenseArray([2.0]))
    let zeros = DenseArray([0.0, 0])
    func inner() -> (tape: Tape, loss: Variable) {
      let tape = Tape(scalarType: .float64, parent: outer)
      return (tape, tape.constant(DenseArray([1.0])) * x * x)
    }
    let first = inner()
    #expect(first.tape.gradients(of: [first.loss], withRespectTo: [unused, x]) == [zeros, DenseArray([4.0])])

    let second = inner()
    let recorded = second.tape.recordedGradients(of: second.loss, withRespectTo: [unused, x])
    #expect(recorded.map(\.value) == [zeros, DenseArray([4.0])])

    let third = inner()
    let seed = [DenseArray([1.0, 1]), DenseArray([3.0])]
    for _ in 0..<2 {
      #expect(third.tape.tangents(of: [third.loss], along: [unused, x], tangents: seed) == [DenseArray([12.0])])
    }
    #expect((unused * third.tape.constant(1)).value == DenseArray([2.0, 3]))

    let fourth = inner()
    let tangents = fourth.tape.recordedTangents(
      of: [fourth.loss], along: [unused, x], tangents: seed.map { fourth.tape.constant($0) })
    #expect(tangents.map(\.value) == [DenseArray([12.0])])
  }

  @Test("the parent's parameters are inputs too, and stay read-only while the parent is open")
  func parameters() {
    let w = Parameter(DenseArray([3.0]), name: "w")
    let outer = Tape(scalarType: .float64)
    let inner = Tape(scalarType: .float64, parent: outer)
    let loss = inner.parameter(w) * inner.parameter(w)
    #expect(inner.gradients(of: [loss], withRespectTo: [outer.parameter(w)]) == [DenseArray([6.0])])
    #expect(outer.gradients(of: outer.parameter(w))[w] == DenseArray([1.0]))
    w.value = DenseArray([4.0])
  }

  @Test("three levels: a variable of the outermost tape is captured through the middle one")
  func threeLevels() {
    let outer = Tape(scalarType: .float64)
    let x = outer.variable(DenseArray([2.0]))
    let middle = Tape(scalarType: .float64, parent: outer)
    let inner = Tape(scalarType: .float64, parent: middle)
    let y = inner.constant(1) * x * x * x
    #expect(y.tape === inner)
    #expect(inner.gradients(of: [y], withRespectTo: [x]) == [DenseArray([12.0])])
    #expect(middle.operationCount == 0)
  }

  @Test("an inner recording that is begun again captures the parent's new values")
  func again() {
    let outer = Tape(scalarType: .float64)
    let inner = Tape(scalarType: .float64, parent: outer)
    for step in 1...3 {
      outer.reset()
      inner.reset()
      let x = outer.variable(DenseArray([Double(step)]))
      let y = inner.constant(10) * x
      #expect(y.value == DenseArray([10.0 * Double(step)]))
      #expect(inner.gradients(of: [y * y], withRespectTo: [x])[0].item == 200 * Double(step))
    }
  }
}
