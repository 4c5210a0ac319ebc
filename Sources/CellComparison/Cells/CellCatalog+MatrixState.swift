internal import DenseArrays
internal import Layers

extension CellCatalog {
  /// Cells whose state is a matrix or a memory of several slots.
  static let matrixStates: [CellDescription] = [
    .named("mlstm", variant: "of xLSTM: one head, gates of the input, output gate, no norm") {
      MatrixLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("linear-attention", variant: "one head, no feature map, no normaliser") {
      LinearAttention(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("retention", variant: "one head, decay 1 - 2^-5, no norm") {
      LinearAttention(inputSize: $0, hiddenSize: $1, decay: 1 - 0.03125, using: &$2)
    },
    .named("gated-linear-attention", variant: "one head, sigmoid gates to the power 1/16, no norm") {
      GatedLinearAttention(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("rwkv", variant: "of RWKV-6: one head, no token shift, no norm") {
      RWKV(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("deltanet", variant: "one head, no convolution, no norm") {
      DeltaNet(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("gated-deltanet", variant: "one head, no convolution, no norm") {
      DeltaNet(inputSize: $0, hiddenSize: $1, isGated: true, using: &$2)
    },
  ]
}
