@_exported public import Autodiff
@_exported public import DenseArrays
@_exported public import GradientChecking
@_exported public import Interchange
@_exported public import Layers
@_exported public import Optimizers
