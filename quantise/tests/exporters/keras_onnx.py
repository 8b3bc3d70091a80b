"""Small SqueezeNets in Keras (channels last), through tf2onnx.

    python -m venv /tmp/keras && /tmp/keras/bin/pip install tensorflow-cpu==2.21.0 tf2onnx==1.17.0 onnx==1.23.2 safetensors==0.8.0
    /tmp/keras/bin/python quantise/tests/exporters/keras_onnx.py

Input: bytes over 255, red green blue; `keras_rescaling` divides by 255 inside the network and takes bytes.
"""
import os

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import numpy as np
import tensorflow as tf
import tf2onnx
from tensorflow.keras import layers

from common import DATA, expect, image

CLASSES = 5


def conv(x, filters, kernel, name, strides=1, padding="valid", activation="relu"):
    return layers.Conv2D(filters, kernel, strides=strides, padding=padding, activation=activation, name=name,
                         kernel_initializer=tf.keras.initializers.HeUniform(seed=len(name) + filters),
                         bias_initializer=tf.keras.initializers.RandomUniform(-0.1, 0.4, seed=filters))(x)


def fire(x, n, squeeze, expand):
    x = conv(x, squeeze, 1, f"fire{n}_squeeze")
    left = conv(x, expand, 1, f"fire{n}_expand1x1")
    right = conv(x, expand, 3, f"fire{n}_expand3x3", padding="same")
    return layers.Concatenate(name=f"fire{n}_concat")([left, right])


def small(side, pool, kernel=3, norm=False, softmax=False, rescaling=False):
    """`pool` is the padding of the max-pools: "same" is ceil mode on an even side, "valid" on an odd one."""
    x = inputs = layers.Input((side, side, 3))
    if rescaling:
        x = layers.Rescaling(1 / 255)(x)
    if norm:
        x = conv(x, 8, kernel, "conv1", strides=2, activation=None)
        x = layers.ReLU()(layers.BatchNormalization(
            beta_initializer=tf.keras.initializers.RandomUniform(-0.2, 0.4, seed=1), gamma_initializer=tf.keras.initializers.RandomUniform(0.5, 2, seed=2),
            moving_mean_initializer=tf.keras.initializers.RandomUniform(-0.2, 0.3, seed=3), moving_variance_initializer=tf.keras.initializers.RandomUniform(0.3, 2, seed=4))(x))
    else:
        x = conv(x, 8, kernel, "conv1", strides=2)
    x = layers.MaxPooling2D(3, 2, padding=pool)(x)
    x = fire(x, 2, 4, 6)
    x = fire(x, 3, 4, 8)
    x = layers.Dropout(0.5)(x)
    x = conv(x, CLASSES, 1, "conv10")
    x = layers.GlobalAveragePooling2D()(x)
    logits = tf.keras.Model(inputs, x)
    return logits, tf.keras.Model(inputs, layers.Softmax()(x)) if softmax else logits


def export(name, side, opset, *, shape=True, inputs_as_nchw=False, **options):
    tf.keras.utils.set_random_seed(5)
    logits, model = small(side, **options)
    picture = image(side, side)
    divisor = 1 if options.get("rescaling") else 255
    batch = picture[None].astype(np.float32) / divisor
    expect(name, picture, logits.predict(batch, verbose=0))
    signature = [tf.TensorSpec((None, side, side, 3) if shape else (None, None, None, 3), tf.float32, name="image")]
    function = tf.function(lambda image: model(image, training=False), input_signature=signature)
    nchw = ["image"] if inputs_as_nchw else None
    tf2onnx.convert.from_function(function, input_signature=signature, opset=opset, inputs_as_nchw=nchw, output_path=str(DATA / f"{name}.onnx"))


export("keras_valid", 40, 13, pool="valid")
export("keras_same", 37, 15, pool="same", softmax=True)
export("keras_norm", 40, 17, pool="valid", norm=True)
export("keras_nchw_input", 44, 11, pool="valid", kernel=7, inputs_as_nchw=True)
export("keras_rescaling", 40, 18, pool="valid", rescaling=True)
