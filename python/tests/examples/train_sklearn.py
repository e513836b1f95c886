"""scikit-learn: `python train_sklearn.py` makes a version of the model 'digits'."""

import argparse
import pickle

from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split

import mvgit

parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=float, default=0.001)
parser.add_argument("--epochs", type=int, default=5)
args = parser.parse_args()

with mvgit.run("digits", weights="model.pkl", params=args) as run:
    images, digits = load_digits(return_X_y=True)
    x, x_held_out, y, y_held_out = train_test_split(images / 16, digits, random_state=0)
    model = SGDClassifier(loss="log_loss", alpha=args.alpha, random_state=0)
    for epoch in range(args.epochs):
        model.partial_fit(x, y, classes=range(10))
        mvgit.log(epoch=epoch, loss=log_loss(y_held_out, model.predict_proba(x_held_out)))
    mvgit.metrics(accuracy=accuracy_score(y_held_out, model.predict(x_held_out)))
    with open("model.pkl", "wb") as file:
        pickle.dump(model, file)

print(run.label)
