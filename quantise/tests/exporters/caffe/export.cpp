// Fills small SqueezeNets with random weights in real Caffe, runs them, and lets Caffe save them.
#include <fstream>
#include <random>
#include "caffe/caffe.hpp"

using caffe::Blob;
using caffe::Net;

// The image of common.py's expectations: random bytes; stored as red, green, blue, rows first.
static std::vector<unsigned char> image(int side) {
  std::mt19937 random(1);
  std::vector<unsigned char> coarse((side / 4 + 2) * (side / 4 + 2) * 3), bytes(side * side * 3);
  for (auto& v : coarse) v = random() % 216;
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (int c = 0; c < 3; ++c)
        bytes[(y * side + x) * 3 + c] = coarse[((y / 4) * (side / 4 + 2) + x / 4) * 3 + c] + random() % 40;
  return bytes;
}

// A safetensors file with `image` and `logits`.
static void expect(const std::string& path, int side, const std::vector<unsigned char>& bytes, const float* logits, int classes) {
  std::string shape = std::to_string(side) + "," + std::to_string(side) + ",3";
  std::string begin = std::to_string(classes * 4), end = std::to_string(classes * 4 + bytes.size());
  std::string header = "{\"logits\":{\"dtype\":\"F32\",\"shape\":[" + std::to_string(classes) + "],\"data_offsets\":[0," + begin +
      "]},\"image\":{\"dtype\":\"U8\",\"shape\":[" + shape + "],\"data_offsets\":[" + begin + "," + end + "]}}";
  while (header.size() % 8) header += ' ';
  uint64_t length = header.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), 8);
  file << header;
  file.write(reinterpret_cast<const char*>(logits), classes * 4);
  file.write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// The form of 2013, which Caffe still reads but no longer writes: same weights, `layers`, four-sided blobs without a shape.
static caffe::NetParameter old_form(const caffe::NetParameter& net) {
  caffe::NetParameter old;
  old.set_name(net.name());
  for (const auto& layer : net.layer()) {
    auto* v1 = old.add_layers();
    v1->set_name(layer.name());
    for (const auto& blob : layer.blobs()) {
      auto* b = v1->add_blobs();
      int sides[4] = {1, 1, 1, 1}, n = blob.shape().dim_size();
      for (int i = 0; i < n; ++i) sides[4 - n + i] = blob.shape().dim(i);
      b->set_num(sides[0]); b->set_channels(sides[1]); b->set_height(sides[2]); b->set_width(sides[3]);
      *b->mutable_data() = blob.data();
    }
  }
  return old;
}

int main(int, char** argv) {
  const std::string here = argv[1], data = argv[2];
  google::InitGoogleLogging("export");
  caffe::Caffe::set_mode(caffe::Caffe::CPU);
  for (const std::string name : {"caffe_deploy", "caffe_norm", "caffe_old"}) {
    caffe::Caffe::set_random_seed(7);
    const std::string prototxt = here + "/" + name + ".prototxt";
    Net<float> net(prototxt, caffe::TEST);
    std::mt19937 random(11);
    for (const auto& layer : net.layers())
      for (size_t b = 0; b < layer->blobs().size(); ++b) {
        Blob<float>& blob = *layer->blobs()[b];
        const std::string type = layer->type();
        float* values = blob.mutable_cpu_data();
        const int inputs = b == 0 && type == "Convolution" ? blob.count(1) : 1;
        for (int i = 0; i < blob.count(); ++i) {
          const float u = (random() % 65536) / 65535.0f;
          if (type == "BatchNorm") values[i] = b == 0 ? u * 400 - 200 : b == 1 ? 20000 + u * 100000 : 2.0f;
          else if (type == "Scale") values[i] = b == 0 ? 0.5f + u : u - 0.3f;
          else values[i] = b == 0 ? (u - 0.45f) * 3.4f / std::sqrt(float(inputs)) : u * 2;
        }
      }
    Blob<float>& input = *net.input_blobs()[0];
    const int side = input.shape(2);
    const auto bytes = image(side);
    const float mean[3] = {104, 117, 123};
    for (int c = 0; c < 3; ++c)
      for (int p = 0; p < side * side; ++p) input.mutable_cpu_data()[c * side * side + p] = bytes[p * 3 + 2 - c] - mean[c];
    net.Forward();
    const Blob<float>& pooled = *net.blob_by_name("pool10");
    expect(data + "/" + name + ".expected.safetensors", side, bytes, pooled.cpu_data(), pooled.count());
    caffe::NetParameter saved;
    net.ToProto(&saved, false);
    caffe::WriteProtoToBinaryFile(name == "caffe_old" ? old_form(saved) : saved, data + "/" + name + ".caffemodel");
    std::ifstream from(prototxt);
    std::ofstream(data + "/" + name + ".prototxt") << from.rdbuf();
    for (int i = 0; i < pooled.count(); ++i) printf("%s %g\n", name.c_str(), pooled.cpu_data()[i]);
  }
  return 0;
}
