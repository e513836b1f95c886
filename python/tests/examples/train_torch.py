"""A loop of PyTorch: `mvgit run line -- python train_torch.py --lr 0.1` makes a version of the model 'line'."""

import argparse

import torch

import mvgit

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--steps", type=int, default=20)
args = parser.parse_args()

mvgit.params(args)
torch.manual_seed(0)
x = torch.linspace(-1, 1, 64).unsqueeze(1)
y = 3 * x + 0.5
model = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)

for step in range(args.steps):
    loss = torch.nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    mvgit.log(step=step, loss=loss)

torch.save(model.state_dict(), "weights.pt")
mvgit.track("weights.pt")
