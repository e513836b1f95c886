"""Keras, for `test_frameworks.py`: `python train_keras.py keras`, or `tf_keras`."""

import importlib
import sys
from typing import Any

import numpy

import mvgit.keras

keras: Any = importlib.import_module(sys.argv[1])
keras.utils.set_random_seed(0)
x = numpy.random.default_rng(0).random((32, 4)).astype("float32")
y = (x.sum(1) > 2).astype("int32")
model = keras.Sequential([keras.layers.Dense(2, "softmax")])
model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.5 / (epoch + 1))
model.fit(x, y, epochs=2, validation_split=0.25, verbose=0, callbacks=[schedule, mvgit.keras.Callback()])
model.evaluate(x, y, verbose=0, callbacks=[mvgit.keras.Callback()])
