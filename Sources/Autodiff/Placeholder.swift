internal import CKernels
public import DenseArrays
