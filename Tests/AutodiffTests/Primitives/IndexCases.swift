import Autodiff
import DenseArrays

extension PrimitiveCase {
  static let indexCases: [PrimitiveCase] = {
    var cases: [PrimitiveCase] = []
    let tables: [(Shape, Shape)] = [
      ([4], [3]), ([4], []), ([4, 3], [5]), ([4, 3], [2, 2]), ([3, 2, 2], [4]), ([4, 3], [0]), ([1, 2], [3]),
    ]
    for (table, places) in tables {
      let rows = table[0]
      let row = Array(table.dropFirst)
      let numbers = indices(places, below: rows)
      cases.append(
        PrimitiveCase("gather", [uniform(table), numbers], { gather($0[0], at: $0[1]) }) { inputs in
          NaiveArray(Array(places) + row) { index in
            let place = Array(index.prefix(places.rank))
            return inputs[0][[Int(inputs[1][place])] + index.dropFirst(places.rank)]
          }
        })
      let values = Shape(Array(places) + row)
      cases.append(
        PrimitiveCase("scatterAdd", [uniform(values), numbers], { scatterAdd($0[0], at: $0[1], rows: rows) }) {
          inputs in
          var result = NaiveArray([rows] + row) { _ in 0 }
          for index in NaiveArray.indices(of: Array(values)) {
            let place = Array(index.prefix(places.rank))
            result[[Int(inputs[1][place])] + index.dropFirst(places.rank)] += inputs[0][index]
          }
          return result
        })
    }
    for shape in [[4], [3, 4], [2, 2, 3], [0, 3], [3, 1]] as [Shape] {
      let places = shape.dropLast
      let labels = indices(places, below: shape[-1])
      cases.append(
        PrimitiveCase("pick", [uniform(shape), labels], { pick($0[0], at: $0[1]) }) { inputs in
          NaiveArray(Array(places)) { inputs[0][$0 + [Int(inputs[1][$0])]] }
        })
      cases.append(
        PrimitiveCase("place", [uniform(places), labels], { place($0[0], at: $0[1], classes: shape[-1]) }) { inputs in
          NaiveArray(Array(shape)) { index in
            let row = Array(index.dropLast())
            return Int(inputs[1][row]) == index[index.count - 1] ? inputs[0][row] : 0
          }
        })
    }
    cases.append(
      PrimitiveCase("table read twice", [uniform([4, 2]), indices([3], below: 4), indices([3], below: 4, seed: 5)]) {
        inputs in
        gather(inputs[0], at: inputs[1]) * gather(inputs[0], at: inputs[2]) + inputs[0].slice(axis: 0, 0..<3)
      } reference: { inputs in
        NaiveArray([3, 2]) { index in
          let first = inputs[0][[Int(inputs[1][[index[0]]]), index[1]]]
          return first * inputs[0][[Int(inputs[2][[index[0]]]), index[1]]] + inputs[0][index]
        }
      })
    return cases
  }()
}
