"""TensorFlow.js graph models as ONNX, without TensorFlow: ``graph`` reads, ``known`` computes what no input changes,
``operators`` writes the rest, ``convert`` orders them. It knows the operators of the networks in the manifest, no more.
"""
