"""PyTorch Lightning, for `test_frameworks.py`: `python train_lightning.py lightning.pytorch 2`, processes last."""

import importlib
import sys
from typing import Any

import torch
import torchmetrics

lightning: Any = importlib.import_module(sys.argv[1])
# Of both names, the one that is loaded already.
ours: Any = importlib.import_module("mvgit.lightning")
processes = int(sys.argv[2])


class Model(lightning.LightningModule):
    def __init__(self, lr: float = 0.1, api_key: str = "sk-5eCr3tS3cr3t5eCr3tS3cr3t") -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(4, 2)
        self.accuracy = torchmetrics.Accuracy("multiclass", num_classes=2)

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)

    def training_step(self, batch: Any, index: int) -> Any:
        loss = torch.nn.functional.cross_entropy(self.layer(batch[0]), batch[1])
        self.log("train/loss", loss)
        return loss

    def on_train_epoch_end(self) -> None:
        self.all_gather(torch.tensor(1.0))
        self.log("of_epoch", self.current_epoch + 0.5, sync_dist=True)

    def validation_step(self, batch: Any, index: int) -> None:
        # An accuracy that each epoch has alike.
        self.accuracy.update(torch.eye(2)[batch[1]], batch[1])
        self.log("val_accuracy", self.accuracy)
        self.log("val_loss", torch.nn.functional.cross_entropy(self.layer(batch[0]), batch[1]), sync_dist=True)

    def on_validation_epoch_end(self) -> None:
        self.all_gather(torch.tensor(1.0))
        self.log("val_of_epoch", self.current_epoch + 0.25, sync_dist=True)

    def test_step(self, batch: Any, index: int) -> None:
        self.log("test_loss", torch.nn.functional.cross_entropy(self.layer(batch[0]), batch[1]), sync_dist=True)


lightning.seed_everything(0)
x = torch.rand(32, 4)
batches = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, (x.sum(1) > 2).long()), batch_size=4)
trainer = lightning.Trainer(
    accelerator="cpu",
    devices=processes,
    # That there is one to choose is told otherwise by each.
    **({"strategy": "ddp"} if processes > 1 else {}),
    max_epochs=2,
    log_every_n_steps=2,
    accumulate_grad_batches=2,
    enable_progress_bar=False,
    enable_model_summary=False,
    callbacks=[
        ours.Callback(track=True),
        lightning.callbacks.ModelCheckpoint(monitor="val_loss", dirpath="checkpoints", filename="best", save_last=True),
    ],
)
model = Model()
trainer.fit(model, batches, batches)
trainer.test(model, batches, verbose=False)
