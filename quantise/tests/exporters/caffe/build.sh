#!/bin/sh
# Builds the parts of real Caffe (BVLC/caffe 9b891540, as the source package brocolli-caffe 9.0.2 on PyPI carries it)
# that a SqueezeNet needs, with export.cpp, and runs it. Debian 12 packages:
#   apt-get install --no-install-recommends g++ libboost-dev libboost-system-dev libboost-thread-dev \
#     libprotobuf-dev protobuf-compiler libgoogle-glog-dev libgflags-dev libhdf5-dev libopenblas-dev
# Run: quantise/tests/exporters/caffe/build.sh WORK_FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1
mkdir -p "$work"
cd "$work"
if [ ! -d brocolli-caffe-9.0.2 ]; then
    [ -f brocolli-caffe-9.0.2.tar.gz ] || python3 -m pip download --no-deps --no-binary :all: brocolli-caffe==9.0.2
    tar xzf brocolli-caffe-9.0.2.tar.gz
fi
cd brocolli-caffe-9.0.2
rm -f include/caffe/proto/caffe.pb.h  # of an older protobuf
mkdir -p generated/caffe/proto
protoc --proto_path=src/caffe/proto --cpp_out=generated/caffe/proto caffe.proto
# protobuf dropped the second argument of this call
sed -i 's/SetTotalBytesLimit(kProtoReadBytesLimit, 536870912)/SetTotalBytesLimit(kProtoReadBytesLimit)/' src/caffe/util/io.cpp
{
    for f in common syncedmem blob layer layer_factory util/im2col util/math_functions util/insert_splits util/io util/upgrade_proto \
        util/hdf5 net layers/neuron_layer layers/base_conv_layer layers/conv_layer layers/relu_layer layers/pooling_layer \
        layers/concat_layer layers/dropout_layer layers/softmax_layer layers/input_layer layers/split_layer layers/sigmoid_layer \
        layers/tanh_layer layers/lrn_layer layers/eltwise_layer layers/power_layer layers/bias_layer layers/scale_layer layers/batch_norm_layer
    do
        echo "#include \"caffe/$f.cpp\""
    done
    echo "#include \"$here/export.cpp\""
} > all.cpp
flags="-O1 -w -fpermissive -DCPU_ONLY -Iinclude -Igenerated -Isrc -I/usr/include/hdf5/serial"
[ -f caffe.pb.o ] || g++ $flags -c generated/caffe/proto/caffe.pb.cc -o caffe.pb.o
g++ $flags -c all.cpp -o all.o
g++ all.o caffe.pb.o -o export -L/usr/lib/x86_64-linux-gnu/hdf5/serial \
    -lprotobuf -lglog -lgflags -lboost_system -lboost_thread -lhdf5_hl -lhdf5 -lopenblas -lpthread
./export "$here" "$here/../../data"
