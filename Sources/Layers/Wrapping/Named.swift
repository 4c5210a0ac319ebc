/// Values with names that are found out when a model is made: parameters below them are named as if these were properties.
struct Named<Value>: CustomReflectable {
  let names: [String]
  let values: [Value]

  init(_ elements: [(name: String, value: Value)]) {
    names = elements.map(\.name)
    values = elements.map(\.value)
  }

  var customMirror: Mirror {
    Mirror(self, children: zip(names, values).map { (label: $0, value: $1 as Any) }, displayStyle: .struct)
  }
}
