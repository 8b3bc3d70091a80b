#!/bin/sh
# Fills fuzz/corpus with the networks that the tests hold.
set -eu
cd "$(dirname "$0")"
data=../quantise/tests/data
for target in onnx caffemodel prototxt deep_compression safetensors model_file compressed; do
    mkdir -p "corpus/$target"
done
cp $data/*.onnx ../host/tests/data/cases/*.onnx corpus/onnx/
cp $data/*.caffemodel corpus/caffemodel/
cp $data/*.prototxt corpus/prototxt/
cp $data/*.net corpus/deep_compression/
cp $data/*.weights.safetensors corpus/safetensors/
cp $data/*.ember corpus/model_file/
cp $data/*.ember corpus/compressed/
